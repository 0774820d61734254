/** One line of a chart. */
export type Line = {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly (readonly [number, number])[];
};

export type Chart = {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  readonly lines: readonly Line[];
};

const width = 460;
const height = 330;
const margin = { top: 44, right: 20, bottom: 46, left: 62 };

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** One chart as SVG. Both axes are logarithmic. */
const chartOf = (chart: Chart, left: number): string => {
  const scale = (ticks: readonly number[], from: number, to: number) => {
    const low = Math.log(ticks[0] ?? 1);
    const high = Math.log(ticks.at(-1) ?? 10);
    return (value: number): number => from + ((Math.log(value) - low) / (high - low)) * (to - from);
  };
  const x = scale(chart.xTicks, margin.left, width - margin.right);
  const y = scale(chart.yTicks, height - margin.bottom, margin.top);
  const text = (at: readonly [number, number], anchor: string, words: string, extra = ''): string =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}"${extra}>${escaped(words)}</text>`;
  const bottom = height - margin.bottom;
  const grid = [
    ...chart.xTicks.map(
      (tick) =>
        `<path d="M${x(tick).toFixed(1)} ${margin.top}V${bottom}"/>${text([x(tick), bottom + 16], 'middle', String(tick))}`,
    ),
    ...chart.yTicks.map(
      (tick) =>
        `<path d="M${margin.left} ${y(tick).toFixed(1)}H${width - margin.right}"/>${text([margin.left - 8, y(tick) + 4], 'end', String(tick))}`,
    ),
  ];
  const lines = chart.lines.map(({ name, colour, points }, index) => {
    const path = points.map(([px, py], i) => `${i === 0 ? 'M' : 'L'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join('');
    const dots = points.map(([px, py]) => `<circle cx="${x(px).toFixed(1)}" cy="${y(py).toFixed(1)}" r="3"/>`).join('');
    const label = text([margin.left + 10, margin.top + 16 + index * 16], 'start', name);
    return `<g stroke="${colour}" fill="none" stroke-width="2"><path d="${path}"/></g><g fill="${colour}">${dots}${label}</g>`;
  });
  return (
    `<g transform="translate(${left} 0)"><g stroke="#d0d7de" fill="#57606a" stroke-width="1" class="grid">${grid.join('')}</g>` +
    `${lines.join('')}<g fill="#24292f">${text([width / 2, 22], 'middle', chart.title, ' font-weight="bold"')}` +
    `${text([width / 2, height - 8], 'middle', chart.x)}` +
    `${text([16, height / 2], 'middle', chart.y, ` transform="rotate(-90 16 ${height / 2})"`)}</g></g>`
  );
};

/** The charts next to each other, as one SVG document. */
export const plot = (charts: readonly Chart[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width * charts.length} ${height}" font-family="sans-serif" font-size="12">` +
  `<style>.grid text{stroke:none}</style><rect width="100%" height="100%" fill="#fff"/>` +
  `${charts.map((chart, index) => chartOf(chart, index * width)).join('\n')}</svg>\n`;
