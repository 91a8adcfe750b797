// What a page shows in a browser: playing, folding, search, cards, panels, keys, accessibility, size.
//
//     NODE_PATH=... node view_browser.js view_page [folder for screenshots]
//
// NODE_PATH has playwright-core and axe-core; the browser is CHROMIUM, or /usr/bin/chromium.
'use strict';
const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { chromium } = require('playwright-core');

const [program, shots] = process.argv.slice(2);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tapeloop-view-'));
const results = { passed: 0, failed: 0 };

function check(good, what) {
  results[good ? 'passed' : 'failed']++;
  console.log(`${good ? 'ok' : 'not ok'} - ${what}`);
}

function write(kind, ...steps) {
  const file = path.join(folder, `${kind}.html`);
  const lines = execFileSync(program, [kind, ...steps.map(String), file], { encoding: 'utf8' }).trim().split('\n');
  return { file, lines: lines.map((l) => l.split(' ')) };
}

async function open(browser, file, hash = '', options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.problems = [];
  page.on('pageerror', (e) => page.problems.push(e.message));
  page.on('console', (m) => m.type() === 'error' && page.problems.push(m.text()));
  page.on('request', (r) => r.url().startsWith('file:') || page.problems.push(`asked for ${r.url()}`));
  await page.goto(`file://${file}${hash}`);
  await page.waitForFunction(() => document.documentElement.dataset.ready === 'yes');
  return page;
}

// C's %.6g as the page writes it.
function digits(x) {
  if (x === 0)
    return '0';
  const power = Math.floor(Math.log10(Math.abs(x)));
  let text = power < -4 || power >= 6 ? x.toExponential(5) : x.toPrecision(6);
  if (text.includes('.'))
    text = text.replace(/\.?0+(e|$)/, '$1');
  return text.replace('-', '−').replace('e+', 'e');
}

async function numbers(page, label) {
  return page.$$eval(`table[aria-label="${label}"] td`, (cells) => Object.fromEntries(cells.map((c) => [c.dataset.number, c.textContent])));
}

// Numbers of cards, as C printed them; of a float its six digits may differ in the last.
function same(shown, number) {
  const value = Number(shown.replace('−', '-'));
  return shown === digits(number) || Math.abs(value - number) <= 2e-5 * Math.abs(number);
}

async function cards(browser) {
  const { file, lines } = write('letters');
  const page = await open(browser, file);
  for (const words of lines.filter((w) => w[0] === 'node').slice(0, 6)) {
    await page.evaluate((id) => window.tapeloop.choose(id), Number(words[1]));
    const shown = await numbers(page, 'Numbers of the value'), [least, mean, largest, norm] = words.slice(-4).map(Number);
    check(same(shown.least, least) && same(shown.mean, mean) && same(shown.largest, largest) && same(shown.norm, norm),
      `the card of node ${words[1]} has C's numbers ${JSON.stringify(shown)}`);
  }
  for (const words of lines.filter((w) => w[0] === 'gradient' && w[1].includes('W_'))) {
    const id = await page.evaluate((name) => window.tapeloop.tape.raw.params.find((p) => p.name === name).node, words[1]);
    await page.evaluate((node) => window.tapeloop.choose(node), id);
    const shown = await numbers(page, 'Numbers of the adjoint');
    check(same(shown.norm, Number(words[5])), `the card of ${words[1]} has the gradient of C, norm ${shown.norm}`);
  }
  const gate = await page.evaluate(() => {
    const t = window.tapeloop.tape;
    for (let id = 1; id <= t.count; id++)
      if (t.namesOf(id)[0] === 'i')
        return id;
    return 0;
  });
  await page.evaluate((node) => window.tapeloop.choose(node), gate);
  const card = await page.innerText('#card');
  check(/sigmoid/.test(card) && /layer0, step 0/.test(card) && /view_page\.c:\d+/.test(card), 'a card says op, place and line');
  check(await page.$eval('#card .source', (e) => e.textContent.includes('tl_unroll')), 'and the text of the line');
  check((await page.$$('#card math')).length >= 1, 'and its equation as MathML');
  await page.evaluate((node) => window.tapeloop.choose(node), gate - 1);
  check(/a: #\d+ add/.test(await page.innerText('#card')), 'operands have the letters of the equation');
  await page.evaluate((node) => window.tapeloop.choose(node), gate);
  check(/made by/.test(card) && /strip/.test(card), 'and the instruction that makes it');
  await page.click('#card dd .node');
  check((await page.evaluate(() => window.tapeloop.grid.selected)) !== gate, 'operands are links');
  check(page.problems.length === 0, `nothing went wrong (${page.problems})`);
  await page.close();
}

async function playing(browser) {
  const { file } = write('numbers');
  const page = await open(browser, file, '#at=0');
  const at = () => page.evaluate(() => window.tapeloop.playhead.at);
  check((await at()) === 0 && /Nothing/.test(await page.innerText('#now')), 'a page opens where its address says');
  await page.click('#forth');
  await page.click('#forth');
  check((await at()) === 2 && /^Forward, node 2 of 12/.test(await page.innerText('#now')), 'one node on');
  await page.focus('#scrubber');
  await page.keyboard.press('ArrowRight');
  check((await at()) === 3, 'the slider moves by keys');
  await page.click('#end');
  const parts = await page.evaluate(() => {
    const { tape } = window.tapeloop, a = tape.raw.params[0].node;
    return [...tape.parts.list.subarray(tape.parts.from[a], tape.parts.from[a + 1])];
  });
  check(parts.length === 2, 'what is used twice has an adjoint of two parts');
  await page.evaluate((p) => window.tapeloop.moveTo(p), Math.min(...parts));
  check(/\+= this, 1 of 2/.test(await page.innerText('#now')), `the first is added: ${await page.innerText('#now')}`);
  await page.evaluate((p) => window.tapeloop.moveTo(p), Math.max(...parts));
  check(/\+= this, 2 of 2/.test(await page.innerText('#now')), 'and the second');
  await page.evaluate(() => window.tapeloop.choose(window.tapeloop.tape.raw.params[0].node));
  check(/added up of 2/.test(await page.innerText('#card')), 'its card says so');
  check((await page.$$eval('#card .nodes .node', (b) => b.map((e) => e.textContent))).some((t) => t.startsWith('+=')), 'with +=');
  await page.selectOption('#speed', '120');
  await page.click('#begin');
  await page.click('#play');
  await page.waitForFunction(() => window.tapeloop.playhead.at === window.tapeloop.tape.count);
  check(/Play/.test(await page.innerText('#play')), 'playing ends at the end');
  await page.close();
}

async function folding(browser) {
  const { file } = write('letters', 40);
  const page = await open(browser, file), drawn = () => page.evaluate(() => window.tapeloop.layout.runs.map((r) => [r.first, r.last, r.open]));
  const folded = (await drawn()).filter(([first, last]) => last > first);
  check(folded.length === 1 && folded[0][1] - folded[0][0] === 38 && !folded[0][2], `equal steps are folded: ${JSON.stringify(folded)}`);
  const wide = () => page.$eval('#spacer', (e) => e.offsetWidth), before = await wide();
  await page.click('#fold');
  check((await wide()) > 4 * before, 'opened, they are all there');
  await page.waitForFunction(() => location.hash.includes('open=all'));
  const again = await open(browser, file, await page.evaluate(() => location.hash));
  check((await again.evaluate(() => window.tapeloop.layout.runs.every((r) => r.open))), 'the address keeps it');
  await again.close();
  await page.click('#fold');
  await page.evaluate(() => window.tapeloop.choose([...window.tapeloop.tape.series[0].node][30]));
  check((await page.evaluate(() => window.tapeloop.layout.runs.find((r) => r.last > r.first).shown)) === 31, 'a fold shows the step that is chosen');
  const node = await page.evaluate(() => window.tapeloop.grid.selected);
  await page.focus('#scroll');
  await page.keyboard.press('ArrowRight');
  const next = await page.evaluate(() => window.tapeloop.grid.selected);
  check(next !== node && next > 0, 'arrows walk over nodes');
  check((await page.innerText('#spoken')).startsWith(`Node ${next}`), 'and are spoken');
  await page.keyboard.press('[');
  check((await page.evaluate(() => window.tapeloop.playhead.at)) < (await page.evaluate(() => window.tapeloop.tape.count)), 'brackets go by steps');
  await page.close();
}

// A decoder's steps come after its encoder's; layers share columns, and so do both directions.
async function passes(browser) {
  const columns = (page) => page.evaluate(() => {
    const { tape, layout } = window.tapeloop, of = {};
    for (let id = 1; id <= tape.count; id++)
      if (layout.column[id] > 0 && layout.column[id] < layout.count - 1 && tape.step[id] > 0) {
        const scope = tape.raw.scopes[tape.scope[id]].split('/').pop();
        of[scope] = [Math.min(of[scope] ? of[scope][0] : 1e9, layout.column[id]), Math.max(of[scope] ? of[scope][1] : 0, layout.column[id])];
      }
    return of;
  });
  let page = await open(browser, write('attention', 9).file);
  let of = await columns(page);
  check(String(of.encoder) === '1,9' && String(of.decoder) === '10,18', `a decoder begins after its encoder: ${JSON.stringify(of)}`);
  check(await page.evaluate(() => String(window.tapeloop.layout.steps) === '0,1,2,3,4,5,6,7,8,0,1,2,3,4,5,6,7,8'), 'its steps begin again');
  check(await page.evaluate(() => window.tapeloop.layout.runs.every((r) => r.first > 9 || r.last <= 9)), 'no fold has both');
  await page.close();
  page = await open(browser, write('directions', 9).file);
  of = await columns(page);
  check(['forth', 'back', 'upon'].every((scope) => String(of[scope]) === '1,9'), `both directions and the layer upon them share columns: ${JSON.stringify(of)}`);
  await page.close();
  page = await open(browser, write('letters', 9).file);
  of = await columns(page);
  check(String(of.layer0) === '1,9' && String(of.layer1) === '1,9', 'and so do layers');
  await page.close();
}

// What the page says of itself: folds, theme and place in the address, names, the card and the slider.
async function saying(browser) {
  const { file } = write('letters', 40);
  let page = await open(browser, file);
  const fold = await page.evaluate(() => window.tapeloop.layout.runs.find((r) => r.last > r.first).first);
  await page.click('#theme');
  await page.waitForFunction(() => location.hash.includes('theme=dark'));
  let again = await open(browser, file, await page.evaluate(() => location.hash));
  check(await again.evaluate(() => document.documentElement.dataset.theme === 'dark'), 'the address keeps the theme');
  check((await again.innerText('#theme')) === 'Light', 'whose button says so');
  await again.close();
  again = await open(browser, file, `#open=${fold}`);
  check(await again.evaluate(() => window.tapeloop.layout.runs.every((r) => r.open)), 'an address opens one fold');
  await again.close();
  again = await open(browser, file, '#open=7777');
  check(await again.evaluate(() => window.tapeloop.layout.runs.some((r) => !r.open)), 'and no other');
  await again.close();
  await page.evaluate(() => window.tapeloop.choose(20));
  await page.click('#begin');
  await page.click('#forth');
  check(/^\s*1 of \d+/.test((await page.innerText('#card dd')).trim()), 'the card follows the slider');
  await page.fill('#search', 'layer0/f');
  check((await page.innerText('#found button')).includes(' f '), 'a name is found with its scope');
  await page.fill('#search', 'layer1/7/c');
  check((await page.innerText('#found button')).includes('step 7'), 'and its step');
  await page.fill('#search', '');
  const sliced = await page.evaluate(() => {
    const { tape } = window.tapeloop;
    for (let id = 1; id <= tape.count; id++)
      if (tape.raw.ops[tape.raw.signatures[tape.signature[id]].op].name === 'slice')
        return id;
    return 0;
  });
  await page.evaluate((id) => window.tapeloop.choose(id), sliced);
  check(/attributes\s+axis 0, (at )?\d/.test(await page.innerText('#card')), 'a card has the attributes of its op');
  for (let k = 0; k < 2; k++)
    await page.click('#smaller');
  check(/its mean.*norm/.test(await page.innerText('#legend')), 'the legend of small nodes');
  for (let k = 0; k < 2; k++)
    await page.click('#larger');
  check(/first numbers of its adjoint/.test(await page.innerText('#legend')), 'and of large ones');
  await page.close();
  page = await open(browser, write('slopes').file);
  check(!(await page.content()).includes('∂L/∂ of #'), 'without a loss');
  await page.evaluate(() => window.tapeloop.choose(1));
  const card = await page.innerText('#card');
  check(/Gradient, by tl_grads/.test(card) && !card.includes('∂L/∂'), 'a gradient is not called that of a loss');
  await page.click('#tab-influence');
  check(/written without a loss/.test(await page.innerText('#panel-influence')), 'and influence says so');
  await page.close();
  page = await open(browser, write('long', 610).file, '#tab=influence');
  const [wide, high] = await page.$eval('#panel-influence canvas[role=img]', (c) => [c.offsetWidth, c.offsetHeight]);
  check(wide >= 610 * 4 && high >= 100, `influence of many steps can be seen: ${wide} x ${high}`);
  check(/scroll it/.test(await page.innerText('#panel-influence')), 'and is scrolled');
  await page.click('#tab-program');
  check(/, [\d.]+ (ns|µs|ms|s) a run/.test(await page.innerText('#program-summary')), 'units have one prefix');
  await page.close();
}

async function longNames(browser) {
  for (const width of [1280, 390]) {
    const page = await open(browser, write('directions', 9).file, '#node=30', { viewport: { width, height: 900 } });
    const names = await page.evaluate(() => window.tapeloop.tape.raw.names);
    check(names.some((n) => n.startsWith('\\u202e')), 'what turns a text around is written out');
    await page.fill('#search', 'nnnn');
    check(/nnnn/.test(await page.innerText('#found button')), 'a long name is found');
    for (const tab of ['tape', 'gradients', 'gates', 'influence', 'attention', 'program']) {
      await page.click(`#tab-${tab}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      check(over <= 0, `long names: the page is no wider than its window: ${tab}, ${width} (${over})`);
      const [left, right, edge] = await page.$eval(`#tab-${tab}`, (b) => [b.getBoundingClientRect().left, b.getBoundingClientRect().right, window.innerWidth]);
      check(left >= 0 && right <= edge, `the chosen tab is in sight: ${tab}, ${width}`);
      if (shots)
        await page.screenshot({ path: path.join(shots, `names-${tab}-${width}.png`) });
    }
    await page.close();
  }
  // opened by its address, the last tab is in sight too
  const page = await open(browser, write('directions', 9).file, '#tab=program', { viewport: { width: 390, height: 900 } });
  check(await page.$eval('#tab-program', (b) => b.getBoundingClientRect().right <= window.innerWidth), 'a tab of the address is in sight');
  await page.close();
}

async function searching(browser) {
  const { file } = write('nan', 8);
  const page = await open(browser, file);
  check(/begins at #13 log/.test((await page.innerText('#problem')).replace(/\s+/g, ' ')), 'the origin of NaN is announced');
  await page.click('#problem .node');
  check((await page.evaluate(() => window.tapeloop.grid.selected)) === 13, 'and a link');
  check(/not finite\s+4 of 4/.test((await page.innerText('#card')).replace(/\s+/g, ' ')), 'its card counts them');
  await page.keyboard.press('/');
  await page.keyboard.type('falling, step 5');
  await page.waitForSelector('#found button');
  check((await page.$$('#found button')).length >= 4, 'search finds nodes by scope and step');
  await page.keyboard.press('Enter');
  check(/step 5/.test(await page.innerText('#card')), 'and goes to the first');
  await page.fill('#search', 'no such thing');
  check(/Nothing/.test(await page.innerText('#found')), 'or says that there is none');
  await page.close();
}

async function panels(browser) {
  const { file } = write('letters', 12);
  const page = await open(browser, file);
  await page.click('#tab-gradients');
  check((await page.$$('#panel-gradients svg .curve')).length === 4, 'a line for each state of each layer');
  await page.click('#panel-gradients summary');
  const shown = await page.$$eval('#panel-gradients tbody tr', (rows) => [...rows[5].children].map((c) => c.textContent));
  const norms = await page.evaluate(() => {
    const { tape } = window.tapeloop;
    return ['layer0 c', 'layer0 h', 'layer1 c', 'layer1 h'].map((n) => {
      const s = tape.series.find((x) => `${tape.raw.scopes[x.scope]} ${x.name}` === n);
      return tape.norm[tape.gradient[s.node[5]]];
    });
  });
  check(shown.length === 5 && norms.every((n) => shown.slice(1).some((t) => same(t, n))), `with the norms of adjoints ${shown}`);
  await page.selectOption('#panel-gradients select >> nth=1', 'linear');
  check((await page.$$('#panel-gradients svg .curve')).length === 4, 'on a linear axis, too');
  await page.click('#tab-gates');
  check((await page.$$('#panel-gates canvas[role=img]')).length === 6, 'what is read, i, f, o, c and h at every step');
  await page.click('#tab-influence');
  check((await page.$$('#panel-influence canvas[role=img]')).length === 1, 'a matrix of influence');
  await page.click('#tab-program');
  const rows = await page.$$eval('#panel-program tbody tr', (r) => r.length);
  check(rows > 5 && /instructions compute/.test(await page.innerText('#program-summary')), `${rows} kinds of instructions`);
  await page.selectOption('#panel-program select', '');
  check((await page.$$eval('#panel-program tbody tr', (r) => r.length)) === (await page.evaluate(() => Math.min(400, window.tapeloop.tape.raw.program.instructions.length))), 'or each of them');
  check((await page.$$('#panel-program svg .curve')).length === 1, 'memory over time');
  check(page.problems.length === 0, `nothing went wrong (${page.problems})`);
  await page.close();
  const other = await open(browser, write('attention', 9).file, '#tab=attention');
  check((await other.$$('#panel-attention canvas[role=img]')).length === 1, 'attention is drawn');
  await other.close();
}

async function accessible(browser) {
  const axe = require.resolve('axe-core/axe.min.js');
  for (const kind of ['letters', 'attention', 'nan'])
    for (const colorScheme of ['light', 'dark'])
      for (const width of [1280, 390]) {
        if (kind === 'nan' && (colorScheme === 'dark' || width < 1280))
          continue; // what it has besides is looked at once
        const page = await open(browser, write(kind, 10).file, '#node=12', { colorScheme, viewport: { width, height: 900 } });
        await page.addScriptTag({ path: axe });
        for (const tab of ['tape', 'gradients', 'gates', 'influence', 'attention', 'program']) {
          await page.click(`#tab-${tab}`);
          const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
          check(found.violations.length === 0, `axe: ${kind}, ${tab}, ${colorScheme}, ${width}: ${found.violations
            .map((v) => `${v.id} ${v.nodes.map((n) => n.html).slice(0, 2)}`)}`);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          check(over <= 0, `the page is no wider than its window: ${kind}, ${tab}, ${width} (${over})`);
          if (shots && kind !== 'nan')
            await page.screenshot({ path: path.join(shots, `${kind}-${tab}-${width}-${colorScheme}.png`) });
        }
        await page.close();
      }
}

// Speed belongs to benches; here is only what a page must never be by far.
async function large(browser) {
  for (const steps of [1, 62, 610]) {
    const { file } = write('long', steps), begun = Date.now(), page = await open(browser, file), opened = Date.now() - begun;
    const count = await page.evaluate(() => window.tapeloop.tape.count), bytes = fs.statSync(file).size;
    console.log(`# ${count} nodes: ${(bytes / 1e6).toFixed(2)} MB, open after ${opened} ms`);
    check(bytes < 20e6 && opened < 20000, `${count} nodes open`);
    await page.close();
  }
  const page = await open(browser, write('long', 5000).file, '#open=all');
  const frames = await page.evaluate(async () => {
    const scroll = document.getElementById('scroll'), times = [];
    for (let k = 0; k < 40; k++) {
      scroll.scrollLeft = (k * scroll.scrollWidth) / 40;
      const begun = performance.now();
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      times.push(performance.now() - begun);
    }
    return times.sort((a, b) => a - b);
  });
  console.log(`# 5,000 open steps: two frames in ${frames[20].toFixed(0)} ms (median), ${frames[39].toFixed(0)} ms at most`);
  check(frames[20] < 1000, '5,000 open steps can be scrolled');
  await page.close();
}

(async () => {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  for (const test of [cards, playing, folding, passes, saying, longNames, searching, panels, accessible, large])
    try {
      await test(browser);
    } catch (e) {
      check(false, `${test.name}: ${e.message.split('\n').slice(0, 4).join(' ')}`);
    }
  await browser.close();
  fs.rmSync(folder, { recursive: true });
  console.log(`${results.passed} passed, ${results.failed} failed`);
  process.exit(results.failed ? 1 : 0);
})();
