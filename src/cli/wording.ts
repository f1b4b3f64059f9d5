/** How numbers read to people: durations, sizes, rates and figures, in a few characters. */

/** `0.84 s`, `42 s`, `3 min 20 s`, `2 h 05 min`. */
export function durationText(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(seconds < 0.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** `812 MB`, `1.2 GB`; decimal units. */
export function bytesText(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  if (bytes < 999.5e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Three significant digits without exponent: `7.12`, `83.4`, `1250`. */
export function rateText(perSecond: number): string {
  if (perSecond >= 100) return String(Math.round(perSecond));
  return perSecond >= 10 ? perSecond.toFixed(1) : perSecond.toFixed(2);
}

/** A figure of evaluation: `0.0841`. */
export function figureText(value: number): string {
  return value.toFixed(4);
}

/** `1,234,567`. */
export function countText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
