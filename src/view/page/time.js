// The playhead. Nodes were recorded in the order they can be computed, forward and then backward, so
// a position is a number of nodes: those up to it are there, the others are not yet.

const playhead = { at: 0, timer: 0, playing: false, watchers: [] };

function moveTo(tape, position) {
  playhead.at = Math.max(0, Math.min(tape.count, Math.round(position)));
  for (const watch of playhead.watchers)
    watch();
}

// The position before and after the step that the playhead is in.
function stepEnd(tape, position, direction) {
  const key = (id) => `${stepOf(tape, id)} ${tape.primal[id] > 0}`;
  let p = position;
  if (direction > 0) {
    if (p >= tape.count)
      return p;
    const now = key(p + 1);
    while (p < tape.count && key(p + 1) === now)
      p++;
  } else {
    if (p <= 0)
      return 0;
    const now = key(p);
    while (p > 0 && key(p) === now)
      p--;
  }
  return p;
}

function play(tape, perSecond) {
  stop();
  if (playhead.at >= tape.count)
    moveTo(tape, 0);
  playhead.playing = true;
  let last = performance.now(), owed = 0;
  const turn = (now) => {
    if (!playhead.playing)
      return;
    owed += ((now - last) / 1000) * (perSecond || 1.5);
    last = now;
    const whole = Math.floor(owed);
    if (whole > 0) {
      owed -= whole;
      moveTo(tape, perSecond ? playhead.at + whole : stepEnd(tape, playhead.at, 1));
    }
    if (playhead.at >= tape.count) {
      stop();
      return;
    }
    playhead.timer = requestAnimationFrame(turn);
  };
  playhead.timer = requestAnimationFrame(turn);
}

function stop() {
  cancelAnimationFrame(playhead.timer);
  playhead.playing = false;
  for (const watch of playhead.watchers)
    watch();
}

// How many of the parts of a node's adjoint are there, of how many; whole: added up.
function adjointState(tape, id) {
  const sum = tape.gradient[id], parts = at(tape.parts, id);
  let there = 0;
  for (const p of parts)
    there += p <= playhead.at;
  return { there, of: parts.length, whole: sum > 0 && sum <= playhead.at };
}

function nowText(tape) {
  const id = playhead.at;
  if (!id)
    return 'Nothing is computed yet.';
  const adjoint = tape.primal[id] > 0, place = placeOf(tape, id);
  const head = `${adjoint ? 'Backward' : 'Forward'}, node ${id} of ${tape.count}: ${titleOf(tape, id)} ${shapeText(tape, id)}`;
  const parts = at(tape.partOf, id);
  let what = '';
  if (parts.length && at(tape.parts, parts[0]).length > 1) {
    const s = adjointState(tape, parts[0]);
    what = `; ${tape.loss ? '∂L/∂' : 'gradient of '}#${parts[0]} ${titleOf(tape, parts[0])} += this, ${s.there} of ${s.of}`;
  } else if (adjoint) {
    what = `; ${adjointText(tape, id)}`;
  }
  return `${head}${place ? `, ${place}` : ''}${what}`;
}
