// The tape, as columns: typed arrays with a place for each node, so that a hundred thousand nodes
// are a few dozen objects. Node numbers are those of tl_tape_print; 0 is no node.

const ARRAYS = {
  u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array, f32: Float32Array, f64: Float64Array,
};

function decode(array) {
  if (!array)
    return null;
  const text = atob(array.data), bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = text.charCodeAt(i);
  return new ARRAYS[array.type](bytes.buffer);
}

// Lists of numbers, one a node, in two arrays: those of node n are list[from[n]] ... list[from[n + 1] - 1].
function lists(count, pairs, key, value) {
  const from = new Uint32Array(count + 2);
  for (let i = 0; i < pairs; i++)
    from[key(i) + 2]++;
  for (let n = 1; n < from.length; n++)
    from[n] += from[n - 1];
  const list = new Uint32Array(pairs);
  for (let i = 0; i < pairs; i++)
    list[from[key(i) + 1]++] = value(i);
  return { from, list };
}

function at(l, node) {
  return l.list.subarray(l.from[node], l.from[node + 1]);
}

// Characters that cannot be seen, and those that turn a text around, as \u and their number.
function shown(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function parse(text) {
  return JSON.parse(text, (key, value) => (typeof value === 'string' && key !== 'data' ? shown(value) : value));
}

function readTape(raw) {
  const tape = { raw, count: raw.nodes, loss: raw.loss };
  for (const name of ['signature', 'scope', 'site', 'step', 'primal', 'gradient', 'operands', 'operand', 'minimum',
    'maximum', 'mean', 'norm', 'strange', 'corner', 'corners'])
    tape[name] = decode(raw[name]);
  const n = tape.count;
  tape.first = new Uint32Array(n + 2);
  tape.cornerAt = new Uint32Array(n + 2);
  for (let id = 1; id <= n; id++) {
    tape.first[id + 1] = tape.first[id] + tape.operands[id];
    tape.cornerAt[id + 1] = tape.cornerAt[id] + tape.corner[2 * id] * tape.corner[2 * id + 1];
  }
  const owner = new Uint32Array(tape.operand.length);
  for (let id = 1; id <= n; id++)
    owner.fill(id, tape.first[id], tape.first[id + 1]);
  tape.users = lists(n, owner.length, (i) => tape.operand[i], (i) => owner[i]);
  readNames(tape);
  readAdjoints(tape);
  return tape;
}

function readNames(tape) {
  const node = decode(tape.raw.named), name = decode(tape.raw.name);
  const names = lists(tape.count, node.length, (i) => node[i], (i) => name[i]);
  tape.params = new Map(tape.raw.params.map((p) => [p.node, p]));
  tape.namesOf = (id) => [...new Set(at(names, id))].map((k) => tape.raw.names[k]);
}

// What is added up to be the adjoint of a node. The sum is recorded for the node itself, what it
// adds up for the node's users.
function readAdjoints(tape) {
  const n = tape.count, of = [], part = [];
  tape.forward = 0;
  tape.adjointOf = new Uint32Array(n + 1);
  for (let id = 1; id <= n; id++) {
    const sum = tape.gradient[id];
    if (!tape.primal[id])
      tape.forward = id;
    if (!sum)
      continue;
    if (!tape.adjointOf[sum])
      tape.adjointOf[sum] = id;
    const adds = tape.primal[sum] === id && id !== tape.loss;
    for (const p of adds ? operandsOf(tape, sum) : [sum]) {
      of.push(id);
      part.push(p);
    }
  }
  tape.parts = lists(n, of.length, (i) => of[i], (i) => part[i]);
  tape.partOf = lists(n, of.length, (i) => part[i], (i) => of[i]);
  const adjoints = [];
  for (let id = 1; id <= n; id++)
    if (tape.primal[id])
      adjoints.push(id);
  tape.backward = adjoints.length;
  tape.recordedFor = lists(n, adjoints.length, (i) => tape.primal[adjoints[i]], (i) => adjoints[i]);
}

function operandsOf(tape, id) {
  return tape.operand.subarray(tape.first[id], tape.first[id + 1]);
}

function signatureOf(tape, id) {
  return tape.raw.signatures[tape.signature[id]];
}

function opOf(tape, id) {
  return tape.raw.ops[signatureOf(tape, id).op];
}

function stepOf(tape, id) {
  return tape.step[id] - 1;
}

function shapeText(tape, id) {
  const s = signatureOf(tape, id);
  return `[${s.shape.join(',')}]${s.type === 'int' ? ' int' : ''}`;
}

function sizeOf(tape, id) {
  return signatureOf(tape, id).shape.reduce((a, b) => a * b, 1);
}

// What people call a node: its names, a parameter's name, else nothing.
function nameOf(tape, id) {
  const names = tape.namesOf(id), param = tape.params.get(id);
  return names.length ? names.join(', ') : param ? param.name : '';
}

function titleOf(tape, id) {
  const name = nameOf(tape, id), op = opOf(tape, id).name;
  return name && op !== 'param' ? `${op} ${name}` : name || op;
}

function placeOf(tape, id) {
  const words = [], scope = tape.raw.scopes[tape.scope[id]], step = stepOf(tape, id);
  if (scope)
    words.push(scope);
  if (step >= 0)
    words.push(`step ${step}`);
  return words.join(', ');
}

// What an adjoint is of: without a loss, of what tl_grads was asked for.
function adjointSign(tape) {
  return tape.loss ? '∂L/∂' : 'gradient';
}

// For an adjoint: whose it is, in words.
function adjointText(tape, id) {
  const of = tape.adjointOf[id];
  if (of)
    return `${adjointSign(tape)} of #${of} ${titleOf(tape, of)}`;
  const parts = at(tape.partOf, id);
  if (parts.length)
    return `part of ${adjointSign(tape)} of #${parts[0]} ${titleOf(tape, parts[0])}`;
  return tape.primal[id] ? `on the way back through #${tape.primal[id]} ${titleOf(tape, tape.primal[id])}` : '';
}

// Six digits, as C's %.6g has them.
function digits(x, count = 6) {
  if (Number.isNaN(x))
    return 'NaN';
  if (!Number.isFinite(x))
    return x > 0 ? '∞' : '−∞';
  if (x === 0)
    return '0';
  const power = Math.floor(Math.log10(Math.abs(x)));
  let text = power < -4 || power >= count ? x.toExponential(count - 1) : x.toPrecision(count);
  if (text.includes('.'))
    text = text.replace(/\.?0+(e|$)/, '$1');
  return text.replace('-', '−').replace('e+', 'e');
}

// The numbers that are kept of a node: rows, columns, and they.
function cornerOf(tape, id) {
  return {
    rows: tape.corner[2 * id], columns: tape.corner[2 * id + 1],
    data: tape.corners.subarray(tape.cornerAt[id], tape.cornerAt[id + 1]),
  };
}

// The first node whose value is not finite though all it reads is.
function originOfStrange(tape) {
  for (let id = 1; id <= tape.count; id++) {
    if (!tape.strange[id])
      continue;
    let given = false;
    for (const o of operandsOf(tape, id))
      given = given || tape.strange[o] > 0;
    if (!given)
      return id;
  }
  return 0;
}

// The letter or number that a step reads.
function inputOf(tape, step) {
  const text = tape.raw.text;
  if (text && step < text.length)
    return text[step] === ' ' ? '␣' : text[step] === '\n' ? '⏎' : text[step];
  const entered = tape.entered && tape.entered.get(step);
  if (entered && sizeOf(tape, entered) === 1)
    return digits(tape.mean[entered], 3);
  return String(step);
}
