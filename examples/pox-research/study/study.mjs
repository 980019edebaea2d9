// How much fuel does a car of the 1970s use, judged by its weight, its engine and its year? Ridge regression, in arithmetic that is
// the same on every machine: + - * / and square roots only, no randomness, rows in the order of the file.

const TARGET = 'litres per 100 km';
const FEATURES = ['Weight_in_lbs', 'Horsepower', 'Displacement', 'Year'];
const PENALTY = 1;
/** Litres per 100 km at one mile per US gallon. */
const ONE_MPG = 235.214583;

/** The `quickjs` form: `run` is called once, with the texts of the inputs, and gives the texts of the outputs. */
export function run({ inputs, args }) {
  const cars = JSON.parse(inputs['cars.json']);
  if (args[0] === 'train') return { outputs: { 'model.json': train(cars, fitScaler) }, log: 'trained' };
  const { metrics, plot } = evaluate(cars, JSON.parse(inputs['model.json']));
  return { outputs: { 'metrics.json': metrics, 'plot.svg': plot }, log: 'evaluated' };
}

/** The sandbox has no libraries, so what the program needs is in it. */
function fitScaler(values) {
  const mean = average(values);
  return { mean, deviation: Math.sqrt(average(values.map((value) => (value - mean) ** 2))) };
}

/** The model as JSON text. `scaler` gives mean and deviation of a column. */
export function train(cars, scaler) {
  const { training } = split(cars);
  const columns = FEATURES.map((_, i) => training.map(({ features }) => features[i]));
  const scales = columns.map(scaler);
  const rows = training.map(({ features }) => standardise(features, scales));
  const intercept = average(training.map(({ fuel }) => fuel));
  const weights = fitRidge(
    rows,
    training.map(({ fuel }) => fuel - intercept),
  );
  return toJson({
    target: TARGET,
    rows: training.length,
    penalty: PENALTY,
    intercept,
    features: FEATURES.map((name, i) => ({ name, ...scales[i], weight: weights[i] })),
  });
}

/** Metrics as JSON text and a plot as SVG text, of the rows that the model has not seen. */
export function evaluate(cars, model) {
  const { training, heldOut } = split(cars);
  const points = heldOut.map((car) => ({ ...car, predicted: predict(model, car.features) }));
  const metrics = {
    target: TARGET,
    rows: { training: training.length, held_out: heldOut.length },
    mean_absolute_error: average(points.map(({ fuel, predicted }) => Math.abs(fuel - predicted))),
    root_mean_square_error: Math.sqrt(meanSquare(points.map(({ fuel, predicted }) => fuel - predicted))),
    /** What somebody achieves who always says the average of the training rows. */
    root_mean_square_error_of_the_mean: Math.sqrt(meanSquare(points.map(({ fuel }) => fuel - model.intercept))),
  };
  const explained = (metrics.root_mean_square_error / metrics.root_mean_square_error_of_the_mean) ** 2;
  metrics.explained_variance = 1 - explained;
  return { metrics: toJson(metrics), plot: drawPlot(points, metrics) };
}

/**
 * About one name in four is held out, by a hash of the name: a car that was sold in several years stands on one side alone. Rows
 * without consumption or power are left out.
 */
export function split(cars) {
  const training = [];
  const heldOut = [];
  for (const car of cars) {
    if (car.Miles_per_Gallon === null || car.Horsepower === null) continue;
    const features = FEATURES.map((name) => (name === 'Year' ? Number(car.Year.slice(0, 4)) : car[name]));
    const row = { name: car.Name, origin: car.Origin, features, fuel: ONE_MPG / car.Miles_per_Gallon };
    (hash(car.Name) % 4 === 0 ? heldOut : training).push(row);
  }
  return { training, heldOut };
}

/** FNV-1a, 32 bits, over the characters, mixed once more so that its low bits are good. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  return (value ^ (value >>> 15)) >>> 0;
}

function predict({ intercept, features: fitted }, features) {
  const scaled = standardise(features, fitted);
  return scaled.reduce((sum, value, i) => sum + value * fitted[i].weight, intercept);
}

function standardise(features, scales) {
  return features.map((value, i) => (value - scales[i].mean) / scales[i].deviation);
}

/** Weights w that minimise |X w - y|² + penalty |w|²: (XᵀX + penalty I) w = Xᵀy, solved by Cholesky's decomposition. */
export function fitRidge(rows, targets, penalty = PENALTY) {
  const size = rows[0].length;
  const indices = Array.from({ length: size }, (_, i) => i);
  const matrix = indices.map((i) =>
    indices.map((j) => rows.reduce((sum, row) => sum + row[i] * row[j], i === j ? penalty : 0)),
  );
  const right = indices.map((i) => rows.reduce((sum, row, r) => sum + row[i] * targets[r], 0));
  const lower = cholesky(matrix);
  const half = [];
  for (const i of indices)
    half.push((right[i] - half.reduce((sum, value, j) => sum + lower[i][j] * value, 0)) / lower[i][i]);
  const weights = indices.map(() => 0);
  for (const i of [...indices].reverse()) {
    const known = indices.slice(i + 1).reduce((sum, j) => sum + lower[j][i] * weights[j], 0);
    weights[i] = (half[i] - known) / lower[i][i];
  }
  return weights;
}

function cholesky(matrix) {
  const lower = matrix.map((row) => row.map(() => 0));
  for (let i = 0; i < matrix.length; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let rest = matrix[i][j];
      for (let k = 0; k < j; k += 1) rest -= lower[i][k] * lower[j][k];
      lower[i][j] = i === j ? Math.sqrt(rest) : rest / lower[j][j];
    }
  return lower;
}

function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanSquare(values) {
  return average(values.map((value) => value * value));
}

function toJson(value) {
  return `${JSON.stringify(value, null, 2)}\n`;
}

const FRAME = { left: 64, top: 76, side: 400 };
const RANGE = { from: 4, to: 24, step: 4 };
const ORIGINS = [
  { origin: 'USA', colour: '#0072b2' },
  { origin: 'Europe', colour: '#d55e00' },
  { origin: 'Japan', colour: '#009e73' },
];

/** Measured against predicted consumption: on the line the prediction is right. */
function drawPlot(points, metrics) {
  const { left, top, side } = FRAME;
  const right = left + side;
  const bottom = top + side;
  const error = metrics.root_mean_square_error.toFixed(2);
  const variance = (metrics.explained_variance * 100).toFixed(0);
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 544" width="500" height="544" font-family="sans-serif" font-size="12">',
    '<rect width="500" height="544" fill="#fff"/>',
    `<text x="${left}" y="28" font-size="17" font-weight="bold">Fuel use of cars from 1970 to 1982</text>`,
    `<text x="${left}" y="48" fill="#444">${points.length} cars that the model has not seen: typical error ${error} l/100 km,</text>`,
    `<text x="${left}" y="64" fill="#444">${variance} % of the variance explained</text>`,
    ...drawGrid(),
    `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="none" stroke="#444"/>`,
    `<line x1="${left}" y1="${bottom}" x2="${right}" y2="${top}" stroke="#444" stroke-dasharray="5 4"/>`,
    ...points.map(drawPoint),
    ...drawLegend(),
    `<text x="${left + side / 2}" y="${bottom + 44}" text-anchor="middle" font-size="13">predicted, litres per 100 km</text>`,
    `<text transform="translate(20 ${top + side / 2}) rotate(-90)" text-anchor="middle" font-size="13">measured, litres per 100 km</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function place(value) {
  return ((value - RANGE.from) / (RANGE.to - RANGE.from)) * FRAME.side;
}

function drawGrid() {
  const { left, top, side } = FRAME;
  const lines = [];
  for (let value = RANGE.from; value <= RANGE.to; value += RANGE.step) {
    const x = (left + place(value)).toFixed(1);
    const y = (top + side - place(value)).toFixed(1);
    lines.push(
      `<path d="M${x} ${top}V${top + side}M${left} ${y}H${left + side}" stroke="#ddd"/>`,
      `<text x="${x}" y="${top + side + 18}" text-anchor="middle">${value}</text>`,
      `<text x="${left - 8}" y="${y}" text-anchor="end" dominant-baseline="middle">${value}</text>`,
    );
  }
  return lines;
}

function drawPoint({ origin, fuel, predicted }) {
  const { left, top, side } = FRAME;
  const colour = ORIGINS.find((each) => each.origin === origin).colour;
  const x = (left + place(predicted)).toFixed(1);
  const y = (top + side - place(fuel)).toFixed(1);
  return `<circle cx="${x}" cy="${y}" r="4" fill="${colour}" fill-opacity="0.7"/>`;
}

function drawLegend() {
  const { left, top } = FRAME;
  return ORIGINS.flatMap(({ origin, colour }, i) => {
    const y = top + 20 + i * 18;
    return [
      `<circle cx="${left + 16}" cy="${y}" r="4" fill="${colour}"/>`,
      `<text x="${left + 28}" y="${y}" dominant-baseline="middle">${origin}</text>`,
    ];
  });
}
