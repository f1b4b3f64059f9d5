/** What stands where content is not there: on its way, failed, or none. */
import type { ComponentChildren } from "preact";
import type { Failure } from "../api.ts";

export function Loading({ what }: { readonly what: string }) {
  return (
    <div class="state" role="status">
      <span class="spinner" aria-hidden="true" />
      <p>Loading {what}…</p>
    </div>
  );
}

export function Failed({ failure, retry }: { readonly failure: Failure; readonly retry?: (() => void) | undefined }) {
  return (
    <div class="state failed" role="alert">
      <h2>{failure.title}</h2>
      <p>{failure.detail}</p>
      {retry !== undefined && (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}
