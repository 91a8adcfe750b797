// Where nodes are drawn. A column is a time step; what lies in none comes before or after. Where step
// numbers begin again and what is computed there follows from the last step before, as a decoder does
// from its encoder, columns begin again too, in a second pass over time. A lane is
// a scope, and its rows are gates: a node without a name stands in the row of the first named one
// that it leads to in its step. Nodes go from left to right by how many others of their lane and step
// they wait for. Equal columns that follow one another are folded into one.

const FOLD_FROM = 4; // equal columns in a row

function columnsOf(tape) {
  const n = tape.count, late = new Uint8Array(n + 1), column = new Int32Array(n + 1).fill(-1), met = new Map();
  const { run, pass } = passesOf(tape), key = (id) => pass[run[id]] * 2 ** 32 + stepOf(tape, id);
  for (let id = 1; id <= n; id++) {
    if (tape.primal[id])
      continue;
    if (stepOf(tape, id) >= 0) {
      met.set(key(id), { step: stepOf(tape, id), pass: pass[run[id]] });
      late[id] = 1;
    }
    for (const o of operandsOf(tape, id))
      late[id] |= late[o];
  }
  // steps that exist: their numbers may be far apart
  const keys = [...met.keys()].sort((a, b) => a - b), place = new Map(keys.map((k, i) => [k, i + 1])), after = keys.length + 1;
  for (let id = 1; id <= n; id++)
    if (!tape.primal[id])
      column[id] = stepOf(tape, id) >= 0 ? place.get(key(id)) : shownStep(tape, column, id, after) || (late[id] ? after : 0);
  return { column, steps: keys.map((k) => met.get(k).step), passes: keys.map((k) => met.get(k).pass), count: after + 1 };
}

// Runs: nodes of steps in a row whose numbers only rise, or only fall. Per node its run, from 1 on.
function runsOf(tape) {
  const n = tape.count, run = new Uint32Array(n + 1);
  let runs = 0, step = -1, direction = 0, now = [];
  for (let id = 1; id <= n; id++) {
    const s = stepOf(tape, id);
    if (tape.primal[id] || s < 0)
      continue;
    const turn = Math.sign(s - step);
    if (!runs || (turn && direction && turn !== direction)) {
      runs++;
      // a layer that goes back begins in the step in which the one that goes forth has ended
      if (turn < 0 && s === step - 1)
        for (const o of now)
          if (tape.scope[o] === tape.scope[id])
            run[o] = runs;
      direction = turn < 0 && now.some((o) => run[o] === runs) ? -1 : 0;
    } else if (turn) {
      direction = turn;
    }
    now = s === step ? now : [];
    now.push(id);
    step = s;
    run[id] = runs;
  }
  return { run, runs };
}

// Which pass over time a run belongs to. A layer upon another reads, at each step, a slice of what that
// has said, and belongs to the same one; what reads a later step of another run is of the next pass.
function passesOf(tape) {
  const n = tape.count, { run, runs } = runsOf(tape), pass = new Uint32Array(runs + 1);
  const from = new Uint32Array(n + 1); // of a node outside of steps: the node in one that it follows from, the latest
  const later = (a, b) => !b || pass[run[a]] > pass[run[b]] || (pass[run[a]] === pass[run[b]] && stepOf(tape, a) > stepOf(tape, b));
  for (let id = 1; id <= n; id++) {
    if (tape.primal[id] || opOf(tape, id).name === 'slice')
      continue;
    for (const o of operandsOf(tape, id)) {
      const source = run[o] ? o : from[o], { leaf, shape } = signatureOf(tape, o);
      if (!source || leaf || !shape.length) // single numbers are losses that are added up
        continue;
      if (!run[id])
        from[id] = later(source, from[id]) ? source : from[id];
      else if (run[source] !== run[id])
        pass[run[id]] = Math.max(pass[run[id]], pass[run[source]] + (stepOf(tape, source) > stepOf(tape, id) ? 1 : 0));
    }
  }
  return { run, pass };
}

// The column of the step that a node outside of steps only shows otherwise, as a reshape of its output
// does; 0: none.
function shownStep(tape, column, id, after) {
  const source = signatureOf(tape, id).view ? column[operandsOf(tape, id)[0]] : 0;
  return source > 0 && source < after ? source : 0;
}

// The row that a node is drawn in, as a text: its lane and its gate.
function gatesOf(tape, column) {
  const n = tape.count, gate = new Array(n + 1).fill('');
  for (let id = n; id > 0; id--) {
    if (column[id] < 0)
      continue;
    const names = tape.namesOf(id);
    if (names.length) {
      gate[id] = names[0];
      continue;
    }
    for (const u of at(tape.users, id))
      if (column[u] === column[id] && tape.scope[u] === tape.scope[id] && gate[u]) {
        gate[id] = gate[u];
        break;
      }
  }
  return gate;
}

function laneOf(tape, id) {
  if (tape.params.has(id))
    return 'parameters';
  if (signatureOf(tape, id).leaf && stepOf(tape, id) < 0 && !tape.scope[id])
    return 'data';
  return tape.raw.scopes[tape.scope[id]] || 'outside scopes';
}

// How many others of its column and lane a node waits for, one after the other.
function depthsOf(tape, column, lane) {
  const n = tape.count, depth = new Uint16Array(n + 1);
  for (let id = 1; id <= n; id++)
    if (column[id] >= 0)
      for (const o of operandsOf(tape, id))
        if (column[o] === column[id] && lane[o] === lane[id])
          depth[id] = Math.max(depth[id], depth[o] + 1);
  return depth;
}

const LEAVES_IN_A_ROW = 8; // parameters and data, which wait for nothing

function layOut(tape) {
  const n = tape.count, { column, steps, passes, count } = columnsOf(tape), gate = gatesOf(tape, column);
  const lane = new Array(n + 1).fill('');
  for (let id = 1; id <= n; id++)
    if (column[id] >= 0)
      lane[id] = laneOf(tape, id);
  const depth = depthsOf(tape, column, lane);
  const x = new Uint16Array(n + 1), y = new Uint32Array(n + 1), width = new Uint16Array(count);
  const rows = new Map(), filled = new Map(), members = lists(count, tape.forward, (i) => Math.max(column[i + 1], 0),
    (i) => i + 1);
  for (let id = 1; id <= n; id++) {
    if (column[id] < 0)
      continue;
    const leaves = lane[id] === 'parameters' || lane[id] === 'data';
    const key = leaves ? lane[id] : `${lane[id]}\n${gate[id]}`;
    if (!rows.has(key))
      rows.set(key, { lane: lane[id], gate: leaves ? '' : gate[id], height: 1, leaves });
    const row = rows.get(key), place = leaves ? `${column[id]}\n${key}` : `${column[id]}\n${depth[id]}\n${key}`;
    const used = filled.get(place) || 0;
    filled.set(place, used + 1);
    x[id] = leaves ? used % LEAVES_IN_A_ROW : depth[id];
    y[id] = leaves ? Math.floor(used / LEAVES_IN_A_ROW) : used; // in its row; moved below
    row.height = Math.max(row.height, y[id] + 1);
    width[column[id]] = Math.max(width[column[id]], x[id] + 1);
  }
  return placeRows(tape, { column, steps, passes, count, lane, gate, x, y, width, rows, members });
}

// Lanes in the order they were met, data first and parameters last; the rows of a lane together.
function placeRows(tape, l) {
  const lanes = [...new Set([...l.rows.values()].map((r) => r.lane))];
  const rank = (name) => (name === 'data' ? -1 : name === 'parameters' ? lanes.length : lanes.indexOf(name));
  const order = [...l.rows.entries()].sort((a, b) => rank(a[1].lane) - rank(b[1].lane));
  let top = 0;
  for (const [, row] of order) {
    row.top = top;
    top += row.height;
  }
  l.height = top;
  for (let id = 1; id <= tape.count; id++)
    if (l.column[id] >= 0) {
      const leaves = l.lane[id] === 'parameters' || l.lane[id] === 'data';
      l.y[id] += l.rows.get(leaves ? l.lane[id] : `${l.lane[id]}\n${l.gate[id]}`).top;
    }
  l.bands = order.map(([, row]) => row);
  l.runs = foldRuns(tape, l);
  return l;
}

// A number for what a column looks like: its nodes, where they stand, and from how far they read.
function lookOf(tape, l, c) {
  let hash = 17;
  const mix = (v) => {
    hash = Math.imul(hash ^ v, 0x01000193) >>> 0;
    hash ^= hash >>> 15;
  };
  for (const id of at(l.members, c)) {
    if (l.column[id] !== c)
      continue;
    mix(signatureOf(tape, id).op); // not the signature: a slice has its number in it
    for (const d of signatureOf(tape, id).shape)
      mix(d);
    mix(l.x[id] * 4096 + l.y[id]);
    for (const o of operandsOf(tape, id)) {
      const outside = l.column[o] === 0 || l.column[o] === l.count - 1;
      const away = outside ? 9999 : c - l.column[o];
      mix(away);
      mix(l.x[o] * 4096 + l.y[o]);
    }
  }
  return hash;
}

// Columns as runs of equal ones; a short run is a run for each column.
function foldRuns(tape, l) {
  const looks = [], runs = [];
  for (let c = 0; c < l.count; c++)
    looks.push(lookOf(tape, l, c));
  for (let c = 0; c < l.count;) {
    let end = c + 1;
    while (end < l.count && looks[end] === looks[c] && c > 0 && l.passes[end - 1] === l.passes[c - 1])
      end++;
    if (end - c >= FOLD_FROM)
      runs.push({ first: c, last: end - 1, shown: c, open: false });
    else
      for (let k = c; k < end; k++)
        runs.push({ first: k, last: k, shown: k, open: true });
    c = end;
  }
  return runs;
}

// The columns to draw, with where they start, in units.
function drawnColumns(l) {
  const drawn = [];
  let left = 0;
  const add = (column, run) => {
    if (!l.width[column])
      return;
    drawn.push({ column, run, left });
    left += l.width[column] + 1;
  };
  for (const run of l.runs)
    if (run.open)
      for (let c = run.first; c <= run.last; c++)
        add(c, run.first === run.last ? null : run);
    else
      add(run.shown, run);
  return { drawn, width: left };
}

// Have the column of a node drawn: a folded run shows it.
function showColumn(l, column) {
  for (const run of l.runs)
    if (column >= run.first && column <= run.last) {
      const changed = !run.open && run.shown !== column;
      run.shown = column;
      return changed;
    }
  return false;
}

// The next node in a direction of the grid: along its row, or to another row of its column.
function neighbour(tape, layout, id, dx, dy) {
  let best = 0, least = Infinity;
  const score = (o) => {
    const x = layout.x[o] - layout.x[id], y = layout.y[o] - layout.y[id], c = layout.column[o] - layout.column[id];
    if (dx)
      return c * dx < 0 || (c === 0 && x * dx <= 0) ? Infinity : Math.abs(c) * 1000 + Math.abs(x) + Math.abs(y) * 40;
    return c || y * dy <= 0 ? Infinity : Math.abs(y) * 10 + Math.abs(x);
  };
  for (const c of dx ? [layout.column[id], nextColumn(layout, layout.column[id], dx)] : [layout.column[id]])
    for (const o of c < 0 ? [] : at(layout.members, c))
      if (layout.column[o] === c && o !== id && score(o) < least) {
        least = score(o);
        best = o;
      }
  return best;
}

function nextColumn(layout, column, by) {
  let c = column + by;
  while (c >= 0 && c < layout.count && !layout.width[c])
    c += by;
  return c < layout.count ? c : -1;
}
