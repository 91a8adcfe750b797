// The tide at a station, hour by hour: node tides.mjs STATION BEGIN END, times as ISO 8601 writes them.
// Prints the station as a line of JSON, then CSV.
import { createTidePredictor } from "@neaps/tide-predictor";
import { stationsById } from "@neaps/tide-database";

const [id, start, end] = process.argv.slice(2);
const station = stationsById.get(id);
const constituents = station.harmonic_constituents;
console.log(JSON.stringify({ name: station.name, license: station.license.type, constituents: constituents.length }));
console.log("time,level");
const tide = createTidePredictor(constituents);
for (const { time, level } of tide.getTimelinePrediction({
  start: new Date(start), end: new Date(end), timeFidelity: 3600 }))
  console.log(`${time.toISOString().slice(0, 16)}Z,${level.toFixed(4)}`);
