// Putting the page together: tabs, search, keys, theme, and the address that reproduces a view.

const TABS = [['tape', 'Tape'], ['gradients', 'Gradients'], ['gates', 'Gates'], ['influence', 'Influence'],
  ['attention', 'Attention'], ['program', 'Program']];

function start() {
  readTheme();
  const tape = readTape(parse(document.getElementById('tape').textContent));
  tape.series = seriesOf(tape);
  tape.maker = tape.raw.program ? decode(tape.raw.program.maker) : null;
  tape.entered = enteredOf(tape);
  const layout = layOut(tape), get = (id) => document.getElementById(id);
  const state = { tab: 'tape', gradients: { scope: 'all', log: true }, gates: {}, influence: { log: true }, attention: {},
    program: { grouped: (tape.raw.program || { instructions: [] }).instructions.length > 60 } };
  document.title = tape.raw.title;
  get('title').textContent = tape.raw.title;
  get('summary').textContent = summaryOf(tape);

  const grid = makeGrid(tape, layout, { chosen: choose, folded: () => foldsChanged(), resized: (size) => legend(get, size) });
  const draws = { gradients: gradientsPanel, gates: gatesPanel, influence: influencePanel, attention: attentionPanel, program: programPanel };

  function choose(id) {
    grid.selected = id;
    if (id)
      show('tape');
    showCard(tape, id, choose);
    grid.reveal(id);
    grid.redraw();
    get('spoken').textContent = id ? `Node ${id}: ${titleOf(tape, id)}, ${shapeText(tape, id)}, ${placeOf(tape, id)}` : '';
    remember();
  }

  // The card of what the playhead came to, without going anywhere else.
  function follow(id) {
    grid.selected = id;
    showCard(tape, id, choose);
  }

  function show(tab) {
    const changed = state.tab !== tab;
    state.tab = tab;
    for (const [name] of TABS) {
      get(`panel-${name}`).hidden = name !== tab;
      get(`tab-${name}`).setAttribute('aria-selected', String(name === tab));
      get(`tab-${name}`).tabIndex = name === tab ? 0 : -1;
    }
    const tabs = get('tabs'), chosen = get(`tab-${tab}`); // of a narrow screen, in sight
    tabs.scrollLeft = Math.max(Math.min(tabs.scrollLeft, chosen.offsetLeft - tabs.offsetLeft - 8),
      chosen.offsetLeft - tabs.offsetLeft + chosen.offsetWidth + 8 - tabs.clientWidth);
    if (draws[tab])
      draws[tab](tape, get(`panel-${tab}`), state[tab], choose);
    else if (changed)
      grid.relayout();
    remember();
  }

  let remembering = 0;
  function remember() {
    clearTimeout(remembering);
    remembering = setTimeout(() => {
      const f = new URLSearchParams();
      f.set('at', playhead.at);
      if (grid.selected)
        f.set('node', grid.selected);
      if (state.tab !== 'tape')
        f.set('tab', state.tab);
      const folds = layout.runs.filter((r) => r.last > r.first), open = folds.filter((r) => r.open);
      if (open.length)
        f.set('open', open.length === folds.length ? 'all' : open.map((r) => r.first).join('.'));
      if (document.documentElement.dataset.theme)
        f.set('theme', document.documentElement.dataset.theme);
      history.replaceState(null, '', `#${f}`);
    }, 120);
  }

  function recall() {
    const f = new URLSearchParams(location.hash.slice(1)), node = Number(f.get('node')) || 0;
    const open = (f.get('open') || '').split('.');
    for (const run of layout.runs)
      run.open = run.first === run.last || open[0] === 'all' || open.includes(String(run.first));
    foldsChanged();
    grid.relayout();
    if (['light', 'dark'].includes(f.get('theme')) && document.documentElement.dataset.theme !== f.get('theme'))
      theme.set(f.get('theme'));
    moveTo(tape, f.has('at') && Number.isFinite(Number(f.get('at'))) ? Number(f.get('at')) : tape.count);
    if (node > 0 && node <= tape.count)
      choose(node);
    else
      follow(0);
    if (TABS.some(([name]) => name === f.get('tab')))
      show(f.get('tab'));
  }

  function openAll(open) {
    for (const run of layout.runs)
      run.open = open || run.first === run.last;
    foldsChanged();
    grid.relayout();
  }

  function foldsChanged() {
    const open = layout.runs.every((r) => r.open);
    get('fold').setAttribute('aria-pressed', String(open));
    get('fold').textContent = open ? 'Fold equal steps' : 'Open all steps';
    remember();
  }

  setUpTabs(get, show);
  setUpPlayback(tape, get, grid, { remember, follow });
  setUpSearch(tape, get, choose);
  setUpKeys(tape, layout, get, grid, choose);
  showProblem(tape, get, choose);
  get('fold').hidden = !layout.runs.some((r) => r.last > r.first);
  get('fold').addEventListener('click', () => openAll(get('fold').getAttribute('aria-pressed') !== 'true'));
  get('smaller').addEventListener('click', () => grid.resize(-1));
  get('larger').addEventListener('click', () => grid.resize(1));
  const theme = setUpTheme(get, () => {
    readTheme();
    legend(get, grid.size);
    grid.redraw();
    if (draws[state.tab])
      draws[state.tab](tape, get(`panel-${state.tab}`), state[state.tab], choose);
    showCard(tape, grid.selected, choose);
    remember();
  });
  show('tape');
  recall();
  grid.choose();
  grid.reveal(grid.selected);
  window.addEventListener('resize', () => (draws[state.tab] ? show(state.tab) : grid.relayout()));
  window.addEventListener('hashchange', recall);
  window.addEventListener('beforeprint', () => { // paper has all views, so all are drawn
    for (const [tab, draw] of Object.entries(draws))
      draw(tape, get(`panel-${tab}`), state[tab], choose);
  });
  document.documentElement.dataset.ready = 'yes';
  window.tapeloop = { tape, layout, grid, playhead, moveTo: (p) => moveTo(tape, p), choose };
}

function summaryOf(tape) {
  const steps = new Set([...tape.step].slice(1)).size - (tape.step.includes(0, 1) ? 1 : 0);
  const numbers = [...tape.params.keys()].reduce((n, id) => n + sizeOf(tape, id), 0);
  const parts = [`${tape.count} nodes, ${tape.count - tape.backward} forward and ${tape.backward} backward`, `${steps} step${steps === 1 ? '' : 's'}`,
    `${tape.params.size} parameter${tape.params.size === 1 ? '' : 's'} of ${numbers} number${numbers === 1 ? '' : 's'}`];
  if (tape.loss)
    parts.push(`loss ${digits(tape.mean[tape.loss])}`);
  const check = tape.raw.check;
  if (check)
    parts.push(`gradient check ${check.passed ? 'passed' : 'FAILED'}: ${check.checked} numbers, largest relative error ${digits(check.error, 2)}`);
  return `${parts.join(' · ')} · tapeloop ${tape.raw.version}`;
}

// The node that brings the input into each step.
function enteredOf(tape) {
  const entered = new Map(), influence = tape.raw.influence;
  if (!influence)
    return entered;
  for (const id of decode(influence.nodes)) {
    const step = stepOf(tape, id);
    if (step >= 0 && !entered.has(step))
      entered.set(step, id);
  }
  return entered;
}

function setUpTabs(get, show) {
  for (const [name, text] of TABS)
    get('tabs').append(element('button', { type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': `panel-${name}`, onclick: () => show(name) }, text));
  get('tabs').addEventListener('keydown', (event) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0, tabs = [...get('tabs').children];
    if (!by)
      return;
    const next = tabs[(tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length];
    next.click();
    next.focus();
    event.preventDefault();
    event.stopPropagation();
  });
}

function setUpPlayback(tape, get, grid, { remember, follow }) {
  const scrubber = get('scrubber'), toggle = () => (playhead.playing ? stop() : play(tape, Number(get('speed').value)));
  scrubber.max = tape.count;
  get('passes').style.setProperty('--turn', `${(100 * (tape.count - tape.backward)) / Math.max(1, tape.count)}%`);
  scrubber.addEventListener('input', () => {
    const to = Number(scrubber.value); // stopping sets the slider to where the playhead is
    stop();
    moveTo(tape, to);
  });
  const buttons = { begin: () => 0, back: () => playhead.at - 1, forth: () => playhead.at + 1, end: () => tape.count };
  for (const [id, to] of Object.entries(buttons))
    get(id).addEventListener('click', () => {
      stop();
      moveTo(tape, to());
    });
  get('play').addEventListener('click', toggle);
  let before = -1;
  playhead.watchers.push(() => {
    scrubber.value = playhead.at;
    scrubber.setAttribute('aria-valuetext', nowText(tape));
    get('now').textContent = nowText(tape);
    get('play').textContent = playhead.playing ? '⏸ Pause' : '▶ Play';
    get('play').setAttribute('aria-label', playhead.playing ? 'Pause' : 'Play');
    if (before !== playhead.at && before >= 0) {
      follow(playhead.at);
      grid.reveal(playhead.at);
    }
    before = playhead.at;
    grid.redraw();
    remember();
  });
}

// Names with their scope before them, and the step between: "layer0/f layer0/3/f".
function pathsOf(tape, id) {
  const scope = tape.raw.scopes[tape.scope[id]], step = stepOf(tape, id);
  return tape.namesOf(id).map((name) => `${scope}/${name}${step >= 0 ? ` ${scope}/${step}/${name}` : ''}`).join(' ');
}

function found(tape, text, most) {
  const wanted = text.trim().toLowerCase(), hits = [];
  if (!wanted)
    return hits;
  const number = /^#?(\d+)$/.exec(wanted);
  if (number && Number(number[1]) >= 1 && Number(number[1]) <= tape.count)
    hits.push(Number(number[1]));
  for (let id = 1; id <= tape.count && hits.length < most; id++) {
    const match = wanted === 'nan' ? tape.strange[id] > 0
      : `${titleOf(tape, id)} ${placeOf(tape, id)} ${pathsOf(tape, id)} ${tape.raw.sites[tape.site[id]]}`.toLowerCase().includes(wanted);
    if (match && !hits.includes(id))
      hits.push(id);
  }
  return hits;
}

function setUpSearch(tape, get, choose) {
  const box = get('search'), list = get('found');
  const update = () => {
    const hits = found(tape, box.value, 40);
    list.hidden = !box.value.trim();
    list.replaceChildren(...(hits.length ? hits.map((id) => element('div', { role: 'listitem' }, element('button', { type: 'button', onclick: () => {
      choose(id);
      list.hidden = true;
    } }, `#${id} ${titleOf(tape, id)} ${shapeText(tape, id)}`, element('small', {}, ` ${placeOf(tape, id)}${tape.primal[id] ? ' backward' : ''}`))))
      : [element('p', { role: 'listitem' }, 'Nothing has this name.')]));
  };
  box.addEventListener('input', update);
  box.addEventListener('keydown', (event) => {
    const hits = event.key === 'Enter' ? found(tape, box.value, 1) : [];
    if (hits.length)
      choose(hits[0]);
    if (hits.length || event.key === 'Escape')
      list.hidden = true;
    event.stopPropagation();
  });
}

// Keys of the tape: arrows walk over nodes, space plays, comma and point go node by node.
function setUpKeys(tape, layout, get, grid, choose) {
  get('scroll').addEventListener('keydown', (event) => {
    const to = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    let used = true;
    if (to)
      choose(grid.selected && layout.column[grid.selected] >= 0 ? neighbour(tape, layout, grid.selected, ...to) || grid.selected : firstNode(tape));
    else if (event.key === ' ')
      get('play').click();
    else if (event.key === ',' || event.key === '.')
      get(event.key === ',' ? 'back' : 'forth').click();
    else if (event.key === 'Home' || event.key === 'End')
      get(event.key === 'Home' ? 'begin' : 'end').click();
    else if (event.key === '[' || event.key === ']')
      moveTo(tape, stepEnd(tape, playhead.at, event.key === ']' ? 1 : -1));
    else if (event.key === 'Enter')
      get('card').focus();
    else
      used = false;
    if (used)
      event.preventDefault();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement.tagName !== 'INPUT') {
      get('search').focus();
      event.preventDefault();
    }
  });
}

function firstNode(tape) {
  for (let id = 1; id <= tape.count; id++)
    if (tape.operands[id])
      return id;
  return tape.count ? 1 : 0;
}

function showProblem(tape, get, choose) {
  const origin = originOfStrange(tape), box = get('problem'), parts = [];
  if (tape.raw.problem)
    parts.push(element('pre', {}, tape.raw.problem));
  if (origin)
    parts.push(element('p', {}, 'Not finite: it begins at ', nodeLink(tape, origin, choose), ` ${placeOf(tape, origin)}${tape.primal[origin] ? ', in the backward pass' : ''}.`));
  if (tape.raw.check && !tape.raw.check.passed)
    parts.push(element('p', {}, `Gradient check: ${tape.raw.check.message}`));
  box.hidden = !parts.length;
  box.replaceChildren(...parts);
}

function setUpTheme(get, changed) {
  const dark = () => (document.documentElement.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  const say = () => {
    get('theme').textContent = dark() ? 'Light' : 'Dark';
    get('theme').setAttribute('aria-label', dark() ? 'Light colours' : 'Dark colours');
  };
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    say();
    changed();
  };
  get('theme').addEventListener('click', () => set(dark() ? 'light' : 'dark'));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    say();
    changed();
  });
  say();
  return { set };
}

// Small nodes have room for one colour a strip, large ones for their first numbers.
function legend(get, size) {
  const swatch = (colour) => element('i', { style: `background:${colour}` });
  const signs = () => [swatch(THEME.low), '− ', swatch(THEME.high), '+'];
  const upper = ['upper: its mean ', 'upper: its first numbers ', 'upper: its first numbers '][size];
  const lower = size < 2 ? ['lower: norm of its adjoint ', swatch(THEME.strong)] : ['lower: first numbers of its adjoint ', ...signs()];
  get('legend').replaceChildren(upper, ...signs(), ' · ', ...lower, ' · dashed: not yet');
}

start();
