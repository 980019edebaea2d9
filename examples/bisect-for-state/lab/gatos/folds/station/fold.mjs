// Figures of a weather station: sums and one extreme. Nothing in them says which reading made them what they are.
// A reading: { date: '2012-01-01', precipitation: 0, temp_max: 12.8, temp_min: 5, … } in mm and °C.

export function fold(state, event) {
  const { precipitation, temp_max: max, temp_min: min } = event.payload;
  state.days += 1;
  state.rain_mm = hundredths(state.rain_mm + precipitation);
  state.degree_days = hundredths(state.degree_days + Math.max(0, (max + min) / 2 - 10));
  state.widest_day = Math.max(state.widest_day, hundredths(max - min));
  return state;
}

// Sums of decimals stay decimals: without this, 0.1 + 0.2 would creep in.
function hundredths(value) {
  return Math.round(value * 100) / 100;
}
