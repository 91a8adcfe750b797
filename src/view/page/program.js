// The program that the compiler made of the tape: what each instruction computes, for which nodes,
// how long it took; and how much memory is in use.

function countText(x, unit) {
  const scale = [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']].find(([m]) => x >= m);
  return scale ? `${digits(x / scale[0], 3)} ${scale[1]}${unit}` : `${digits(x, 3)} ${unit}`;
}

function timeText(nanoseconds) {
  const [by, unit] = [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']].find(([m]) => nanoseconds >= m) || [1, 'ns'];
  return `${digits(nanoseconds / by, 3)} ${unit}`;
}

// Equal ones in a row are counted: "mul ×3".
function counted(words) {
  const out = [];
  for (let i = 0; i < words.length;) {
    let end = i + 1;
    while (end < words.length && words[end] === words[i])
      end++;
    out.push(end - i > 1 ? `${words[i]} ×${end - i}` : words[i]);
    i = end;
  }
  return out.join(', ');
}

function instructionText(i) {
  const s = i.sizes;
  if (i.kind === 'product')
    return `product [${s[0]},${s[1]}] × [${s[1]},${s[2]}]${s[3] > 1 ? ` × ${s[3]}` : ''}`;
  if (i.kind === 'pack')
    return `pack [${s[1]},${s[2]}]`;
  if (i.kind === 'strip') {
    const from = s.findIndex((d) => d !== 1), shape = from < 0 ? [1] : s.slice(from);
    return `strip [${shape.join(',')}] of ${i.steps.length}: ${counted(i.steps)}`;
  }
  return i.steps.join();
}

const ROWS = 400; // of the table at most

function makersOf(tape) {
  const pairs = [];
  for (let id = 1; id <= tape.count; id++)
    if (tape.maker[id])
      pairs.push(id);
  return lists(tape.raw.program.instructions.length, pairs.length, (k) => tape.maker[pairs[k]] - 1, (k) => pairs[k]);
}

// Alike: same text, in whatever step.
function grouped(instructions) {
  const groups = new Map();
  instructions.forEach((i, n) => {
    const text = instructionText(i);
    if (!groups.has(text))
      groups.set(text, { text, count: 0, nanoseconds: 0, flops: 0, bytes: 0, first: n, shared: i.shared });
    const g = groups.get(text);
    g.count++;
    g.nanoseconds += i.nanoseconds;
    g.flops += i.flops;
    g.bytes += i.bytes;
  });
  return [...groups.values()].sort((a, b) => b.nanoseconds - a.nanoseconds);
}

function programPanel(tape, panel, state, chosen) {
  const p = tape.raw.program;
  if (!p) {
    panel.replaceChildren(element('h2', {}, 'The program'), element('p', {}, 'No program could be made of this tape.'));
    return;
  }
  const made = makersOf(tape), total = p.instructions.reduce((t, i) => t + i.nanoseconds, 0);
  const makes = p.instructions.map((_, n) => at(made, n).length), nodes = makes.reduce((a, b) => a + b, 0);
  const draw = () => {
    const rows = state.grouped ? grouped(p.instructions)
      : p.instructions.map((i, n) => ({ ...i, text: instructionText(i), count: 1, first: n }));
    panel.replaceChildren(element('h2', {}, 'The program beside the tape'),
      element('p', { id: 'program-summary' }, `${p.instructions.length} instructions compute ${nodes} of ${tape.count} nodes (the others are leaves, or not needed for ${tape.loss ? 'the loss and the gradients of parameters' : 'what is read'}). `
        + `${countText(p.flops, 'flop')} in products, ${countText(p.arena, 'B')} of temporaries, ${p.threads} thread${p.threads === 1 ? '' : 's'}, `
        + `${timeText(total)} a run (mean of ${p.runs}).`),
      element('p', { class: 'hint' }, 'A product that stands for several nodes was batched: the gates of a cell, one weight at many steps. A strip is elementwise nodes fused into one pass. “Shared” is done by all threads.'),
      element('div', { class: 'controls' }, choice('Rows', [['1', 'alike ones together'], ['', 'each']], state.grouped ? '1' : '', (v) => {
        state.grouped = v === '1';
        draw();
      })),
      programTable(tape, rows, { made, makes, total, grouped: state.grouped }, chosen),
      rows.length > ROWS ? element('p', {}, `The first ${ROWS} of ${rows.length}.`) : '',
      element('h3', {}, 'Memory over time'), memoryChart(tape, panel));
  };
  draw();
}

function programTable(tape, rows, f, chosen) {
  const body = rows.slice(0, ROWS).map((r) => {
    const nodes = at(f.made, r.first), share = f.total ? r.nanoseconds / f.total : 0;
    return element('tr', {}, element('td', { class: 'right' }, f.grouped ? `${r.count} ×` : String(r.first)),
      element('td', {}, r.text, r.shared ? element('small', {}, ' shared') : null),
      element('td', {}, nodes.length ? element('span', {}, `${nodes.length}: `, nodeLink(tape, nodes[nodes.length - 1], chosen)) : ''),
      element('td', { class: 'right' }, digits(r.nanoseconds / 1e3, 3), element('span', { class: 'bar', style: `width:${(60 * share).toFixed(1)}px`, 'aria-hidden': 'true' })),
      element('td', { class: 'right' }, r.flops ? countText(r.flops, '') : ''),
      element('td', { class: 'right' }, r.flops && r.nanoseconds ? digits(r.flops / r.nanoseconds, 3) : ''),
      element('td', { class: 'right' }, countText(r.bytes, 'B')));
  });
  return element('div', { class: 'scrolled', tabindex: '0', role: 'region', 'aria-label': 'Instructions' }, element('table', { class: 'program' },
    element('thead', {}, element('tr', {}, ...[f.grouped ? 'how many' : '#', 'instruction', f.grouped ? 'nodes of the first' : 'nodes', 'µs', 'flop', 'GFLOP/s', 'bytes'].map((h) => element('th', { scope: 'col' }, h)))),
    element('tbody', {}, ...body)));
}

function memoryChart(tape, panel) {
  const rows = decode(tape.raw.program.memory), count = tape.raw.program.instructions.length, change = new Float64Array(count + 2);
  for (let i = 0; i < rows.length; i += 3) {
    change[rows[i]] += rows[i + 2];
    change[rows[i + 1] + 1] -= rows[i + 2];
  }
  const x = [], y = [];
  let now = 0;
  for (let n = 0; n < count; n++) {
    now += change[n];
    x.push(n);
    y.push(now / 1024);
  }
  return lineChart([{ name: 'in use', x, y }], {
    width: Math.min(1100, panel.clientWidth || 900), height: 240, xName: 'instruction', yName: 'KiB', label: 'Temporaries in use, over the instructions',
  });
}
