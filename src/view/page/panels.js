// The views beside the tape: gradients over time, gates, which input mattered to which loss,
// attention.

function scopeName(tape, scope) {
  return tape.raw.scopes[scope] || 'outside scopes';
}

const LONGEST_SCOPE = 40;

// For a list to choose from: of a long one its end, which tells it from others.
function scopeLabel(tape, scope) {
  const name = scopeName(tape, scope);
  return name.length > LONGEST_SCOPE ? `…${name.slice(1 - LONGEST_SCOPE)}` : name;
}

function seriesOf(tape) {
  const list = tape.raw.series.map((s) => ({ ...s, node: decode(s.node), step: decode(s.step), rows: decode(s.rows) }));
  return list.sort((a, b) => a.node[0] - b.node[0]); // as they are computed
}

function choice(label, options, value, change) {
  const select = element('select', { onchange: (e) => change(e.target.value) },
    ...options.map(([v, text]) => element('option', { value: v, selected: String(v) === String(value) }, text)));
  return element('label', {}, `${label} `, select);
}

function tableOf(heads, rows, label) {
  return element('details', {}, element('summary', {}, 'as a table'), element('table', { 'aria-label': label },
    element('thead', {}, element('tr', {}, ...heads.map((h) => element('th', { scope: 'col' }, h)))),
    element('tbody', {}, ...rows.map((r) => element('tr', {}, ...r.map((v) => element('td', {}, String(v))))))));
}

// A state is read in the step after its own, or before; a gate in its own alone.
function isState(tape, s) {
  return [...s.node].some((id) => [...at(tape.users, id)].some((u) => !tape.primal[u] && stepOf(tape, u) >= 0 && stepOf(tape, u) !== stepOf(tape, id)));
}

// ‖∂L/∂h_t‖ of every named tensor that has an adjoint in each step.
function gradientsPanel(tape, panel, state, chosen) {
  const all = tape.series.filter((s) => [...s.node].some((id) => tape.gradient[id]));
  if (!all.length) {
    panel.replaceChildren(element('h2', {}, 'Gradients over time'), element('p', {},
      tape.loss ? 'No tensor with a name has an adjoint: tl_tag gives names.' : 'There is no loss on this tape whose gradients were recorded.'));
    return;
  }
  const scopes = [...new Set(all.map((s) => s.scope))];
  const draw = () => {
    const states = all.filter((s) => isState(tape, s));
    const some = state.scope === 'all' ? states : all.filter((s) => s.scope === Number(state.scope));
    const lines = (some.length ? some : all).map((s) => ({
      name: state.scope === 'all' && scopes.length > 1 ? `${scopeName(tape, s.scope)} ${s.name}` : s.name, x: [...s.step],
      y: [...s.node].map((id) => (tape.gradient[id] ? tape.norm[tape.gradient[id]] : NaN)), node: s.node,
    }));
    panel.replaceChildren(
      element('h2', {}, '‖∂L/∂h‖ over time'),
      element('p', { class: 'hint' }, 'How large the adjoint of each named tensor is at each step. A straight line on the logarithmic axis is a gradient that vanishes, or explodes, by a factor each step.'),
      element('div', { class: 'controls' },
        choice('Scope', [['all', 'states of all'], ...scopes.map((s) => [s, scopeLabel(tape, s)])], state.scope, (v) => {
          state.scope = v;
          draw();
        }),
        choice('Axis', [['log', 'logarithmic'], ['linear', 'linear']], state.log ? 'log' : 'linear', (v) => {
          state.log = v === 'log';
          draw();
        })),
      lineChart(lines, {
        width: Math.min(1100, panel.clientWidth || 900), height: 340, log: state.log, xName: 'step', yName: '‖∂L/∂·‖',
        label: 'Norms of gradients over the steps', pick: (k, i) => chosen(lines[k].node[i]),
      }),
      tableOf(['step', ...lines.map((l) => l.name)], [...lines[0].x].slice(0, 400).map((x, i) => [x, ...lines.map((l) => digits(l.y[i]))]),
        'Norms of gradients'));
  };
  draw();
}

// A row a unit, a column a step, under the letters that were read.
function gatesPanel(tape, panel, state, chosen) {
  const scopes = [...new Set(tape.series.map((s) => s.scope))];
  if (!scopes.length) {
    panel.replaceChildren(element('h2', {}, 'Gates'), element('p', {}, 'No tensor of a step has a name: cells name their gates, tl_tag names others.'));
    return;
  }
  if (!scopes.includes(Number(state.scope)))
    state.scope = scopes[0];
  const draw = () => {
    const shown = tape.series.filter((s) => s.scope === Number(state.scope)), input = inputSeries(tape);
    if (input)
      shown.unshift(input);
    panel.replaceChildren(element('h2', {}, 'Gates and states, step by step'),
      element('p', { class: 'hint' }, `A column is a step, above it what was read; a row is a unit${tape.raw.sequence ? ` of sequence ${tape.raw.sequence} of the batch` : ''}. Choose a cell to open its node.`),
      element('div', { class: 'controls' }, choice('Scope', scopes.map((s) => [s, scopeLabel(tape, s)]), state.scope, (v) => {
        state.scope = v;
        draw();
      })),
      ...shown.map((s) => gateMap(tape, panel, s, chosen)));
  };
  draw();
}

// What is read, as a series like those of gates; null if it is not of numbers of its own.
function inputSeries(tape) {
  const steps = [...tape.entered.keys()].sort((a, b) => a - b), nodes = steps.map((t) => tape.entered.get(t));
  const corners = nodes.map((id) => cornerOf(tape, id)), row = tape.raw.sequence;
  const columns = Math.min(16, ...corners.map((c) => c.columns));
  if (!steps.length || corners.some((c) => row >= c.rows || !c.columns))
    return null;
  const shape = signatureOf(tape, nodes[0]).shape;
  return {
    name: 'input', scope: 0, columns, width: shape[shape.length - 1], node: nodes, step: steps,
    rows: corners.flatMap((c) => [...c.data.subarray(row * c.columns, row * c.columns + columns)]),
  };
}

function gateMap(tape, panel, s, chosen) {
  const finite = [...s.rows].filter(Number.isFinite), low = Math.min(0, least(finite)), high = Math.max(0, largest(finite));
  const share = low >= 0 && high <= 1, most = Math.max(-low, high);
  const colour = share ? shareColour : (x) => signColour(x, most);
  const map = matrix({
    rows: s.columns, columns: s.step.length, width: Math.min(1100, panel.clientWidth || 900), cell: 18, least: 9, high: 10,
    label: `${s.name}${s.name === 'input' ? '' : ` of ${scopeName(tape, s.scope)}`}: ${s.columns} units over ${s.step.length} steps`,
    value: (r, c) => s.rows[c * s.columns + r], colour, top: [...s.step].map((t) => inputOf(tape, t)),
    side: Array.from({ length: s.columns }, (_, r) => String(r)),
    tip: (r, c) => `${s.name}, unit ${r}, step ${s.step[c]} “${inputOf(tape, s.step[c])}”: ${digits(s.rows[c * s.columns + r])}`,
    pick: (r, c) => chosen(s.node[c]),
  });
  return element('figure', { class: 'wide' }, element('figcaption', {}, element('b', {}, s.name), ' ',
    scaleOf(share ? 0 : -most, share ? 1 : most, colour), s.columns < s.width ? ` ${s.name === 'input' ? 'numbers' : 'units'} 0–${s.columns - 1} of ${s.width}` : ''), map);
}

const LEAST_CELL = 5; // of the matrix of influence, in pixels

// Row t, column s: how much the loss of step t changes with the input of step s.
function influencePanel(tape, panel, state, chosen) {
  const raw = tape.raw.influence;
  if (!raw) {
    panel.replaceChildren(element('h2', {}, 'Which input mattered to which loss'), element('p', {}, `Nothing can be shown: ${tape.raw.noInfluence}.`));
    return;
  }
  const losses = decode(raw.losses), inputs = decode(raw.inputs), nodes = decode(raw.nodes), values = decode(raw.values);
  const most = Math.max(0, largest([...values]));
  const draw = () => {
    const colour = (x) => shareColour(state.log ? normShare(x, most) : x / most);
    panel.replaceChildren(element('h2', {}, 'Which input mattered to which loss'),
      element('p', { class: 'hint' }, 'Row t, column s: the norm of the derivative of what step t adds to the loss by the input of step s. Summed over rows, with their signs, it is the gradient of the loss by that input.'),
      inputs.length * LEAST_CELL > (panel.clientWidth || 900) ? element('p', {}, `Each of the ${inputs.length} inputs has a column that can be seen: the picture is wider than the window, scroll it.`) : '',
      raw.of > losses.length ? element('p', {}, `The tape is long: ${losses.length} of the losses of ${raw.of} steps were asked for.`) : '',
      element('div', { class: 'controls' }, choice('Colours', [['log', 'logarithmic'], ['linear', 'linear']], state.log ? 'log' : 'linear', (v) => {
        state.log = v === 'log';
        draw();
      })),
      element('figure', { class: 'wide' }, matrix({
        rows: losses.length, columns: inputs.length, width: Math.min(900, panel.clientWidth || 900), cell: 24, least: LEAST_CELL, high: 24,
        square: losses.length === inputs.length,
        label: `Influence of ${inputs.length} inputs on the losses of ${losses.length} steps`,
        value: (r, c) => values[r * inputs.length + c], colour,
        top: [...inputs].map((t) => inputOf(tape, t)), side: [...losses].map((t) => String(t)),
        tip: (r, c) => `loss of step ${losses[r]} by the input of step ${inputs[c]} “${inputOf(tape, inputs[c])}”: ${digits(values[r * inputs.length + c])}`,
        pick: (r, c) => chosen(nodes[Math.min(c, nodes.length - 1)]),
      }), element('figcaption', {}, scaleOf(0, most, (x) => shareColour(x / most)), state.log ? ' (linear; the picture has its logarithm)' : '')));
  };
  draw();
}

function attentionPanel(tape, panel, state, chosen) {
  const maps = tape.raw.attention.map((m) => ({ ...m, node: decode(m.node), step: decode(m.step), rows: decode(m.rows) }));
  if (!maps.length) {
    panel.replaceChildren(element('h2', {}, 'Attention'), element('p', {}, 'Nothing on this tape attends: weights are found by the name “attention”.'));
    return;
  }
  panel.replaceChildren(element('h2', {}, 'Attention'),
    element('p', { class: 'hint' }, 'A row is a step that looks, a column a place that is looked at; each row adds up to 1.'),
    ...maps.map((m) => {
      const rows = m.rows.length / m.columns;
      return element('figure', { class: 'wide' }, element('figcaption', {}, element('b', {}, scopeName(tape, m.scope)), maps.some((o) => o.head) ? `, head ${m.head}:` : '', ' ', scaleOf(0, 1, shareColour)),
        matrix({
          rows, columns: m.columns, width: Math.min(900, panel.clientWidth || 900), cell: 24, square: true,
          label: `Attention of ${rows} steps to ${m.columns} places`, value: (r, c) => m.rows[r * m.columns + c], colour: shareColour,
          top: Array.from({ length: m.columns }, (_, c) => (tape.raw.text ? inputOf(tape, c) : String(c))),
          side: Array.from({ length: rows }, (_, r) => String(m.step[r] >= 0 && m.step.length > 1 ? m.step[r] : r)),
          tip: (r, c) => `row ${r}, place ${c}: ${digits(m.rows[r * m.columns + c])}`,
          pick: (r) => chosen(m.node[Math.min(r, m.node.length - 1)]),
        }));
    }));
}
