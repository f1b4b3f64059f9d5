/**
 * Addresses within the page. They stand behind the `#`, so that the page works wherever it is mounted:
 *   #/RUN/catalogue?query=…&category=…     #/RUN/items/ID     #/RUN/users/ID     #/RUN/session?item=ID&item=ID
 */
import { useEffect, useState } from "preact/hooks";

export interface Route {
  readonly run: string | undefined;
  readonly view: string;
  readonly subject: string | undefined;
  readonly query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [run, view = "catalogue", subject] = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return {
    run: run === "" ? undefined : run,
    view,
    subject: subject === "" ? undefined : subject,
    query: new URLSearchParams(search),
  };
}

/** An address for a link. */
export function addressOf(
  run: string,
  view: string,
  subject?: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of typeof value === "string" ? [value] : (value ?? [])) if (one !== "") search.append(name, one);
  }
  const path = [run, view, ...(subject === undefined ? [] : [subject])].map(encodeURIComponent).join("/");
  const text = search.toString();
  return `#/${path}${text === "" ? "" : `?${text}`}`;
}

/** Changes the address without a new entry in the browser's history. */
export function replaceAddress(address: string): void {
  history.replaceState(history.state, "", address);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const changed = (): void => setRoute(parseRoute(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}
