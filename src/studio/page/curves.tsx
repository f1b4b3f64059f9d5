/** Curves over epochs, a colour a run, drawn to the space there is; the same figures stand in the table for who cannot see them. */
export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

const [width, height] = [560, 240];
const edge = { left: 56, right: 12, top: 12, bottom: 30 };

const short = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

interface CurvesProps {
  readonly title: string;
  readonly curves: readonly Curve[];
}

export function Curves({ title, curves }: CurvesProps) {
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) return null;
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const right = Math.max(1, ...xs);
  const [least, most] = [Math.min(...ys), Math.max(...ys)];
  const range = most - least || 1;
  const atX = (x: number): number => edge.left + (x / right) * (width - edge.left - edge.right);
  const atY = (y: number): number => edge.top + (1 - (y - least) / range) * (height - edge.top - edge.bottom);
  return (
    <figure class="curves">
      <figcaption>{title}</figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        {[least, least + range / 2, least + range].map((y) => (
          <g key={y}>
            <line x1={edge.left} x2={width - edge.right} y1={atY(y)} y2={atY(y)} stroke="var(--rule)" />
            <text x={edge.left - 8} y={atY(y) + 4} text-anchor="end">
              {short(y)}
            </text>
          </g>
        ))}
        <text x={edge.left} y={height - 8}>
          epoch 0
        </text>
        <text x={width - edge.right} y={height - 8} text-anchor="end">
          {right}
        </text>
        {curves.map(({ name, colour, points: own }) => (
          <g key={name}>
            <polyline
              points={own.map(({ x, y }) => `${atX(x)},${atY(y)}`).join(" ")}
              fill="none"
              stroke={colour}
              stroke-width={2.2}
              stroke-linejoin="round"
            />
            {own.slice(-1).map(({ x, y }) => (
              <circle key={x} cx={atX(x)} cy={atY(y)} r={3.6} fill={colour} />
            ))}
          </g>
        ))}
      </svg>
    </figure>
  );
}
