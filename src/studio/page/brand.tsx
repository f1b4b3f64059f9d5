/** The mark of Latticework. */
export function Mark({ size }: { readonly size: number }) {
  return (
    <svg class="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <g stroke="currentColor" stroke-width="2.6" fill="none" stroke-linecap="round">
        <path d="M6 6 26 26M26 6 6 26M16 3v26M3 16h26" />
      </g>
    </svg>
  );
}
