// The card of a node: all that is known of it, in words, formulas, numbers and colours.

function nodeLink(tape, id, chosen, text) {
  return element('button', { type: 'button', class: 'node', onclick: () => chosen(id) }, text || `#${id} ${titleOf(tape, id)}`);
}

const LISTED = 12; // links of a list at most

function nodeLinks(tape, ids, chosen, text) {
  const list = element('span', { class: 'nodes' });
  [...ids].slice(0, LISTED).forEach((id, k) => list.append(nodeLink(tape, id, chosen, text && text(id, k)), ' '));
  if (ids.length > LISTED)
    list.append(`and ${ids.length - LISTED} more`);
  return list;
}

// Formulas come from the library as MathML, made when the page was written.
function formula(markup) {
  const box = element('div', { class: 'formula' });
  box.innerHTML = markup;
  return box;
}

function row(name, ...content) {
  return [element('dt', {}, name), element('dd', {}, ...content)];
}

function numbersTable(tape, id, name) {
  const size = sizeOf(tape, id);
  const cells = size === 1 ? [['value', digits(tape.mean[id])]]
    : [['least', digits(tape.minimum[id])], ['mean', digits(tape.mean[id])], ['largest', digits(tape.maximum[id])],
      ['norm', digits(tape.norm[id])]];
  if (tape.strange[id])
    cells.push(['not finite', `${tape.strange[id]} of ${size}`]);
  return element('table', { class: 'numbers', 'aria-label': name },
    element('tbody', {}, ...cells.map(([k, v]) => element('tr', {}, element('th', { scope: 'row' }, k),
      element('td', { 'data-number': k }, v)))));
}

function heatOf(tape, id, label) {
  const corner = cornerOf(tape, id);
  if (corner.data.length < 2)
    return null;
  const most = Math.max(...[...corner.data].map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)));
  if (!(most > 0))
    return null; // zeros, or nothing finite: the numbers say so
  const shape = signatureOf(tape, id).shape, columns = shape[shape.length - 1] || 1, rows = sizeOf(tape, id) / columns;
  const all = corner.columns === columns && corner.rows === rows;
  const map = matrix({
    rows: corner.rows, columns: corner.columns, width: 300, cell: 22, label,
    value: (r, c) => corner.data[r * corner.columns + c], colour: (x) => signColour(x, most),
    tip: (r, c) => `[${r}, ${c}] = ${digits(corner.data[r * corner.columns + c])}`,
  });
  return element('figure', {}, map, element('figcaption', {}, scaleOf(-most, most, (x) => signColour(x, most)),
    all ? '' : ` the first ${corner.rows} of ${rows} rows and ${corner.columns} of ${columns} columns`));
}

function adjointSection(tape, id, chosen) {
  const sum = tape.gradient[id], parts = at(tape.parts, id);
  if (!sum)
    return [];
  const list = parts.length > 1
    ? element('p', {}, `${tape.loss ? '∂L/∂' : 'It'} is added up of ${parts.length}: `,
      nodeLinks(tape, parts, chosen, (p, k) => `${k ? '+= ' : ''}#${p} ${opOf(tape, p).name}`))
    : null;
  return [element('h3', {}, tape.loss ? 'Adjoint ∂L/∂' : 'Gradient, by tl_grads'), list, element('p', {}, 'as ', nodeLink(tape, sum, chosen)),
    numbersTable(tape, sum, 'Numbers of the adjoint'), heatOf(tape, sum, 'The adjoint as colours')];
}

function checkText(tape, id) {
  const check = tape.raw.check, param = tape.params.get(id);
  if (!check || !param)
    return null;
  const worst = check.name === param.name ? `; the largest error is here, at number ${check.index}: recorded ${digits(check.analytic)}, by differences ${digits(check.numeric)}` : '';
  return `${check.passed ? 'passed' : 'FAILED'}: ${check.checked} numbers compared, largest relative error ${digits(check.error, 2)}${worst}`;
}

function showCard(tape, id, chosen) {
  const card = document.getElementById('card');
  if (!id) {
    card.replaceChildren(element('p', { class: 'hint' },
      'Choose a node: click it, walk with the arrow keys, or search.'));
    return;
  }
  const op = opOf(tape, id), site = tape.raw.sites[tape.site[id]].replace(/^(\.\.\/)+/, ''), line = tape.raw.lines[tape.site[id]];
  const param = tape.params.get(id), users = at(tape.users, id).filter((u) => !tape.primal[u]);
  const maker = tape.maker ? tape.maker[id] : 0, list = element('dl', {});
  list.append(...row('number', `${id} of ${tape.count}`), ...row('shape', shapeText(tape, id)));
  if (signatureOf(tape, id).attributes)
    list.append(...row('attributes', signatureOf(tape, id).attributes));
  if (placeOf(tape, id))
    list.append(...row('where', placeOf(tape, id)));
  if (site)
    list.append(...row('line', site, line ? element('code', { class: 'source' }, line) : null));
  if (tape.primal[id])
    list.append(...row('adjoint', adjointText(tape, id)), ...row('of', nodeLink(tape, tape.adjointOf[id] || tape.primal[id], chosen)));
  if (tape.operands[id])
    list.append(...row('reads', nodeLinks(tape, operandsOf(tape, id), chosen, (o, k) => operandText(tape, id, k, o))));
  if (users.length)
    list.append(...row('read by', nodeLinks(tape, users, chosen), users.length > 1 ? ` (${users.length} times)` : ''));
  if (param)
    list.append(...row('kind', param.buffer ? 'buffer' : param.trainable ? 'trainable parameter' : 'frozen parameter'));
  if (checkText(tape, id))
    list.append(...row('gradient check', checkText(tape, id)));
  if (maker)
    list.append(...row('made by', `instruction ${maker - 1}: ${instructionText(tape.raw.program.instructions[maker - 1])}`));
  card.replaceChildren(element('h2', {}, titleOf(tape, id)), element('p', { class: 'doc' }, op.doc || ''),
    ...(op.equation ? [formula(op.equation)] : []),
    ...(op.derivative ? [element('details', {}, element('summary', {}, 'its derivative'), formula(op.derivative))] : []),
    list, element('h3', {}, 'Value'), Number.isNaN(tape.mean[id]) && !tape.strange[id]
      ? element('p', {}, 'It could not be computed.') : numbersTable(tape, id, 'Numbers of the value'),
    ...[heatOf(tape, id, 'The value as colours'), ...adjointSection(tape, id, chosen)].filter(Boolean));
}

// An operand by its letter in the op's equation, and whether it is read transposed.
function operandText(tape, id, k, o) {
  const flag = ((signatureOf(tape, id).transposed || 0) >> k) & 1, letters = opOf(tape, id).operands.split(', ');
  const letter = letters.length === tape.operands[id] && letters.length > 1 ? `${letters[k]}: ` : '';
  return `${letter}#${o} ${titleOf(tape, o)}${flag ? 'ᵀ' : ''}`;
}
