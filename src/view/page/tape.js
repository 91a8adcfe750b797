// The tape as a grid, drawn on a canvas as large as its window: only what can be seen is drawn, so a
// long tape scrolls as smoothly as a short one. Of a node, the upper strip is its value, the lower
// one its adjoint; both are empty until the playhead has passed them.

const SIZES = [{ w: 9, h: 9, gap: 2 }, { w: 22, h: 20, gap: 4 }, { w: 92, h: 40, gap: 14 }];
const CELLS = [1, 5, 14]; // of a strip at most

function makeGrid(tape, layout, { chosen, folded, resized }) {
  const scroll = document.getElementById('scroll'), spacer = document.getElementById('spacer');
  const canvas = document.getElementById('grid');
  const grid = { size: 1, selected: 0, redraw: null };
  let columns = drawnColumns(layout), waiting = false, most = scales(tape);

  const labelWidth = () => (scroll.clientWidth < 500 ? 74 : 132);
  const unit = () => SIZES[grid.size].w + SIZES[grid.size].gap;
  const rise = () => SIZES[grid.size].h + SIZES[grid.size].gap;
  const HEAD = 24;
  const place = () => {
    spacer.style.width = `${labelWidth() + columns.width * unit() + 20}px`;
    spacer.style.height = `${HEAD + layout.height * rise() + 12}px`;
  };
  grid.redraw = () => {
    if (waiting)
      return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (scroll.clientWidth)
        draw();
    });
  };
  grid.relayout = () => {
    columns = drawnColumns(layout);
    place();
    resized(grid.size);
    grid.redraw();
  };

  // The largest size at which the whole tape needs no more than a few windows.
  grid.choose = () => {
    grid.size = [2, 1, 0].find((s) => columns.width * (SIZES[s].w + SIZES[s].gap) < 3 * scroll.clientWidth
      && layout.height * (SIZES[s].h + SIZES[s].gap) < 1.7 * scroll.clientHeight) || (columns.width > 400 ? 0 : 1);
    grid.relayout();
  };
  grid.resize = (by) => {
    grid.size = Math.max(0, Math.min(2, grid.size + by));
    grid.relayout();
    grid.reveal(grid.selected || playhead.at);
  };

  const indexOf = new Map();
  const boxOf = (id) => {
    const d = indexOf.get(layout.column[id]);
    return d && [labelWidth() + (d.left + layout.x[id]) * unit() - scroll.scrollLeft,
      HEAD + layout.y[id] * rise() - scroll.scrollTop];
  };
  const seen = () => {
    const from = (scroll.scrollLeft - 4) / unit(), to = (scroll.scrollLeft + scroll.clientWidth) / unit();
    let low = 0, high = columns.drawn.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (columns.drawn[middle].left + layout.width[columns.drawn[middle].column] < from)
        low = middle + 1;
      else
        high = middle;
    }
    let end = low;
    while (end < columns.drawn.length && columns.drawn[end].left <= to)
      end++;
    return columns.drawn.slice(low, end);
  };

  function draw() {
    const width = scroll.clientWidth, height = scroll.clientHeight, g = sharpen(canvas, width, height);
    g.fillStyle = THEME.sheet;
    g.fillRect(0, 0, width, height);
    const visible = seen();
    indexOf.clear();
    for (const d of columns.drawn)
      indexOf.set(d.column, d);
    drawBands(g, width);
    for (const d of visible)
      drawColumn(g, d, height);
    drawEdges(g, visible);
    for (const d of visible)
      for (const id of at(layout.members, d.column))
        if (layout.column[id] === d.column)
          drawNode(g, id, height);
    drawLabels(g, width, height);
    drawHeads(g, visible, width);
  }

  function drawBands(g, width) {
    let lane = null, even = false;
    for (const row of layout.bands) {
      if (row.lane !== lane)
        even = !even;
      lane = row.lane;
      g.fillStyle = even ? THEME.ground : THEME.sheet;
      g.fillRect(0, HEAD + row.top * rise() - scroll.scrollTop - 2, width, row.height * rise());
    }
  }

  function drawColumn(g, d, height) {
    const left = labelWidth() + d.left * unit() - scroll.scrollLeft - SIZES[grid.size].gap / 2;
    const wide = layout.width[d.column] * unit();
    g.strokeStyle = THEME.line;
    g.lineWidth = 1;
    const edges = d.run && !d.run.open ? [0, 4, 8] : [0]; // a pile of equal steps has more than one
    const last = d.run && !d.run.open ? d.run.last : d.column;
    if (last < layout.passes.length && layout.passes[last] !== layout.passes[last - 1] && last > 0)
      g.lineWidth = 3; // steps begin again
    for (const k of edges) {
      g.beginPath();
      g.moveTo(left + wide + unit() / 2 - k, HEAD);
      g.lineTo(left + wide + unit() / 2 - k, height);
      g.stroke();
    }
  }

  // All edges if there are few; of a selected node always.
  function drawEdges(g, visible) {
    let count = 0;
    for (const d of visible)
      count += layout.members.from[d.column + 1] - layout.members.from[d.column];
    g.lineWidth = 1;
    if (count < 260 && grid.size > 0)
      for (const d of visible)
        for (const id of at(layout.members, d.column))
          if (layout.column[id] === d.column)
            for (const o of operandsOf(tape, id))
              if (!signatureOf(tape, o).leaf)
                edge(g, o, id, THEME.line);
    const s = grid.selected;
    if (!s || layout.column[s] < 0)
      return;
    g.lineWidth = 2;
    for (const o of operandsOf(tape, s))
      edge(g, o, s, THEME.forward);
    for (const u of at(tape.users, s))
      if (!tape.primal[u])
        edge(g, s, u, THEME.backward);
  }

  function edge(g, from, to, colour) {
    const a = boxOf(from), b = boxOf(to), { w, h } = SIZES[grid.size];
    if (!a || !b)
      return;
    const x0 = a[0] + w, y0 = a[1] + h / 2, x1 = b[0], y1 = b[1] + h / 2, bend = Math.max(10, Math.abs(x1 - x0) / 3);
    g.strokeStyle = colour;
    g.beginPath();
    g.moveTo(x0, y0);
    g.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
    g.stroke();
  }

  function drawNode(g, id, height) {
    const box = boxOf(id);
    if (!box || box[1] > height || box[1] < -SIZES[grid.size].h)
      return;
    const [x, y] = box, { w, h } = SIZES[grid.size], there = id <= playhead.at, adjoint = adjointState(tape, id);
    const reused = grid.selected && tape.params.has(grid.selected) && at(tape.users, grid.selected).includes(id);
    g.fillStyle = THEME.sheet;
    g.fillRect(x, y, w, h);
    const strip = grid.size === 2 ? 7 : h / 2, top = grid.size === 2 ? y + h - 2 * strip - 1 : y;
    if (there)
      drawStrip(g, id, x + 1, top, w - 2, strip, false);
    if (adjoint.whole)
      drawStrip(g, tape.gradient[id], x + 1, top + strip, w - 2, strip, true);
    else if (adjoint.there) // some of the parts are there
      drawPart(g, x + 1, top + strip, ((w - 2) * adjoint.there) / adjoint.of, strip);
    if (grid.size === 2)
      drawWords(g, id, x, y, w, there, adjoint);
    g.lineWidth = id === grid.selected ? 3 : reused ? 2 : 1;
    g.strokeStyle = tape.strange[id] && there ? THEME.high : id === grid.selected ? THEME.ink : reused ? THEME.backward
      : there ? THEME.faint : THEME.line;
    g.setLineDash(there ? [] : [2, 2]);
    g.strokeRect(x + 0.5, y + 0.5, w - 1, h - 1);
    g.setLineDash([]);
    if (id === playhead.at || at(tape.partOf, playhead.at).includes(id) || tape.adjointOf[playhead.at] === id) {
      g.strokeStyle = id === playhead.at ? THEME.forward : THEME.backward;
      g.lineWidth = 3;
      g.strokeRect(x - 2, y - 2, w + 4, h + 4);
    }
  }

  // The first numbers of a node as colours; of the smallest, its mean and the size of its adjoint.
  function drawStrip(g, id, x, y, w, h, adjoint) {
    if (tape.strange[id]) {
      g.fillStyle = THEME.accent;
      g.fillRect(x, y, w, h);
      return;
    }
    const corner = cornerOf(tape, id), cells = Math.min(CELLS[grid.size], corner.data.length);
    const top = adjoint ? Math.max(Math.abs(tape.minimum[id]), Math.abs(tape.maximum[id])) : most.value;
    for (let i = 0; i < cells; i++) {
      g.fillStyle = adjoint && grid.size < 2 ? shareColour(normShare(tape.norm[id], most.norm))
        : signColour(cells === 1 ? tape.mean[id] : corner.data[i], top);
      g.fillRect(x + (w * i) / cells, y, w / cells + 0.5, h);
    }
  }

  function drawPart(g, x, y, w, h) {
    g.fillStyle = THEME.backward;
    g.globalAlpha = 0.5;
    g.fillRect(x, y, w, h);
    g.globalAlpha = 1;
  }

  function drawWords(g, id, x, y, w, there, adjoint) {
    const name = nameOf(tape, id), op = opOf(tape, id).name;
    g.fillStyle = there ? THEME.ink : THEME.faint;
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    g.font = `${name ? 'bold ' : ''}11px system-ui, sans-serif`;
    g.fillText(fitted(g, name || op, w - 8), x + 4, y + 8);
    g.font = '10px system-ui, sans-serif';
    const sum = adjoint.there && !adjoint.whole ? `+= ${adjoint.there} of ${adjoint.of}` : '';
    const slope = adjoint.whole ? `  ∂ ${digits(tape.mean[tape.gradient[id]], 3)}` : '';
    const number = there && sizeOf(tape, id) === 1 ? `= ${digits(tape.mean[id], 4)}${slope}` : name ? op : shapeText(tape, id);
    g.fillStyle = sum ? THEME.backward : there ? THEME.ink : THEME.faint;
    g.fillText(fitted(g, sum || number, w - 8), x + 4, y + 19);
  }

  function fitted(g, text, width) {
    let t = text;
    while (t.length > 1 && g.measureText(t).width > width)
      t = `${t.slice(0, t.endsWith('…') ? -2 : -1)}…`;
    return t;
  }

  // A scope by its end, which tells it from its neighbours.
  function fittedPath(g, path, width) {
    const parts = path.split('/');
    for (let k = 0; k < parts.length; k++) {
      const text = `${k ? '…/' : ''}${parts.slice(k).join('/')}`;
      if (g.measureText(text).width <= width)
        return text;
    }
    return fitted(g, `${parts.length > 1 ? '…/' : ''}${parts[parts.length - 1]}`, width);
  }

  // Lanes on the left: the scope once, its gates below.
  function drawLabels(g, width, height) {
    const label = labelWidth();
    g.fillStyle = THEME.sheet;
    g.fillRect(0, 0, label - 6, height);
    g.strokeStyle = THEME.line;
    g.lineWidth = 1;
    g.strokeRect(label - 6, -1, 0.01, height + 2);
    g.textAlign = 'left';
    g.textBaseline = 'middle';
    let lane = null, lastEnd = -99;
    for (const row of layout.bands) {
      const y = HEAD + row.top * rise() - scroll.scrollTop, middle = y + SIZES[grid.size].h / 2;
      const first = row.lane !== lane;
      lane = row.lane;
      if (y > height || middle < HEAD || middle - lastEnd < 11)
        continue;
      g.fillStyle = THEME.ink;
      g.font = 'bold 11px system-ui, sans-serif';
      const gate = row.gate ? `${row.gate}` : '';
      const gateWidth = gate ? Math.min(g.measureText(gate).width, label / 2) : 0;
      if (first)
        g.fillText(fittedPath(g, row.lane, label - 18 - gateWidth), 6, middle);
      g.font = '11px system-ui, sans-serif';
      g.textAlign = 'right';
      g.fillText(fitted(g, gate, first ? label / 2 : label - 20), label - 12, middle);
      g.textAlign = 'left';
      lastEnd = middle;
    }
  }

  // Steps above: their numbers, and the letters they read.
  function drawHeads(g, visible, width) {
    g.fillStyle = THEME.sheet;
    g.fillRect(0, 0, width, HEAD - 3);
    g.font = '11px system-ui, sans-serif';
    g.textBaseline = 'middle';
    g.textAlign = 'left';
    let free = labelWidth();
    for (const d of visible) {
      const left = Math.max(labelWidth() + d.left * unit() - scroll.scrollLeft, labelWidth());
      const room = layout.width[d.column] * unit(), text = headOf(d);
      g.fillStyle = d.run ? THEME.forward : THEME.ink;
      if (left >= free && (d.run || g.measureText(text).width < Math.max(room, 60))) {
        g.fillText(text, left, 11);
        free = left + g.measureText(text).width + 6;
      }
    }
    g.fillStyle = THEME.sheet;
    g.fillRect(0, 0, labelWidth() - 6, HEAD - 3);
    g.fillStyle = THEME.ink;
    g.fillText('step', 6, 11);
  }

  function headOf(d) {
    const c = d.column, step = layout.steps[c - 1];
    if (c === 0)
      return layout.count > 2 && layout.width.slice(1).some((w) => w) ? 'before' : 'all';
    if (c === layout.count - 1)
      return 'after';
    const letter = tape.raw.text && step < tape.raw.text.length && !layout.passes[c - 1] ? ` ${inputOf(tape, step)}` : '';
    if (!d.run || d.run.open)
      return `${step}${letter}`;
    return grid.size === 0 ? `▸${layout.steps[d.run.first - 1]}–${layout.steps[d.run.last - 1]}`
      : `▸ steps ${layout.steps[d.run.first - 1]}–${layout.steps[d.run.last - 1]}: ${step}${letter}`;
  }

  grid.nodeAt = (event) => {
    const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const { w, h } = SIZES[grid.size];
    for (const d of seen())
      for (const id of at(layout.members, d.column)) {
        const b = layout.column[id] === d.column && boxOf(id);
        if (b && x >= b[0] - 1 && x <= b[0] + w + 1 && y >= b[1] - 1 && y <= b[1] + h + 1)
          return id;
      }
    return 0;
  };
  // The lane whose label is pointed at, whole.
  grid.laneAt = (event) => {
    const box = canvas.getBoundingClientRect(), y = event.clientY - box.top - HEAD + scroll.scrollTop;
    const row = event.clientX - box.left < labelWidth() - 6 && event.clientY - box.top > HEAD
      ? layout.bands.find((r) => y >= r.top * rise() && y < (r.top + r.height) * rise()) : null;
    return row ? `${row.lane}${row.gate ? `, ${row.gate}` : ''}` : '';
  };
  // The fold whose head was clicked.
  grid.runAt = (event) => {
    const box = canvas.getBoundingClientRect(), x = event.clientX - box.left + scroll.scrollLeft - labelWidth();
    if (event.clientY - box.top > HEAD)
      return null;
    const d = columns.drawn.filter((c) => c.left * unit() <= x).pop();
    return d ? d.run : null;
  };

  // Scroll to a node, or to the one that an adjoint is of.
  grid.reveal = (id) => {
    const of = id && layout.column[id] < 0 ? tape.adjointOf[id] || at(tape.partOf, id)[0] || tape.primal[id] : id;
    if (!of || layout.column[of] < 0)
      return;
    if (showColumn(layout, layout.column[of]))
      columns = drawnColumns(layout);
    place();
    const d = columns.drawn.find((c) => c.column === layout.column[of]);
    if (!d)
      return;
    const x = labelWidth() + (d.left + layout.x[of]) * unit(), y = HEAD + layout.y[of] * rise();
    const { w, h } = SIZES[grid.size];
    if (x - scroll.scrollLeft < labelWidth() || x + w - scroll.scrollLeft > scroll.clientWidth - 8)
      scroll.scrollLeft = x - scroll.clientWidth / 2;
    if (y - scroll.scrollTop < HEAD || y + h - scroll.scrollTop > scroll.clientHeight - 8)
      scroll.scrollTop = y - scroll.clientHeight / 2;
    grid.redraw();
  };

  scroll.addEventListener('scroll', grid.redraw);
  scroll.addEventListener('pointermove', (event) => {
    const id = grid.nodeAt(event);
    tip(event, id ? `#${id} ${titleOf(tape, id)} ${shapeText(tape, id)}` : grid.laneAt(event));
  });
  scroll.addEventListener('pointerleave', () => tip(null, ''));
  scroll.addEventListener('click', (event) => {
    const run = grid.runAt(event), id = grid.nodeAt(event);
    if (run) {
      run.open = !run.open;
      grid.relayout();
      folded();
    } else if (id) {
      chosen(id);
    }
  });
  place();
  return grid;
}

// What colours are measured by: the largest value of hidden nodes and the largest adjoint.
function scales(tape) {
  let value = 0, norm = 0;
  for (let id = 1; id <= tape.count; id++) {
    const g = tape.gradient[id];
    if (!signatureOf(tape, id).leaf && Number.isFinite(tape.maximum[id]))
      value = Math.max(value, Math.min(4, Math.abs(tape.maximum[id])), Math.min(4, Math.abs(tape.minimum[id])));
    if (g && Number.isFinite(tape.norm[g]))
      norm = Math.max(norm, tape.norm[g]);
  }
  return { value: value || 1, norm };
}
