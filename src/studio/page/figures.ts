/** Numbers as the page writes them. */
export const count = (value: number): string => value.toLocaleString("en-GB");

/** Two digits, without a leading zero: `.83`, `1.20`, `-.05`. */
export const figure = (value: number): string => value.toFixed(2).replace(/^(-?)0\./, "$1.");

export const percent = (share: number): string => `${Math.round(100 * share)}%`;

export const plural = (value: number, one: string, many: string): string =>
  `${count(value)} ${value === 1 ? one : many}`;
