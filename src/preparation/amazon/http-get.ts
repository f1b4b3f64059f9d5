/**
 * One GET whose body arrives byte for byte as the server stores the file: redirects are followed, nothing is decompressed on the way (a
 * `.gz` stays a `.gz` also where a server declares it as an encoding), and a connection on which nothing moves is given up.
 */
import http from "node:http";
import https from "node:https";
import { DatasetError } from "../../errors.ts";

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** A connection that is silent for so long is given up. */
  readonly timeoutMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** @throws Error with a `code` where the connection fails; DatasetError for an endless redirect or one to another protocol */
export async function get(address: URL, options: GetOptions): Promise<http.IncomingMessage> {
  let url = address;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const response = await once(url, options);
    const location = response.headers.location;
    if (![301, 302, 303, 307, 308].includes(response.statusCode ?? 0) || location === undefined) return response;
    response.destroy();
    url = new URL(location, url);
    if (url.protocol !== "https:" && url.protocol !== address.protocol) {
      throw new DatasetError(`${address} is forwarded to ${url}, expected http or https; use another address`);
    }
  }
  throw new DatasetError(`${address} is forwarded more than ${mostRedirects} times; use another address`);
}

const mostRedirects = 5;

function once(url: URL, { headers = {}, timeoutMilliseconds, signal }: GetOptions): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    let response: http.IncomingMessage | undefined;
    const request = (url.protocol === "https:" ? https : http).get(
      url,
      { headers: { "accept-encoding": "identity", "user-agent": "latticework", ...headers }, signal },
      (received) => {
        response = received;
        resolve(received);
      },
    );
    request.setTimeout(timeoutMilliseconds, () => {
      const silence = new Error(`nothing came for ${timeoutMilliseconds / 1000} s`);
      response?.destroy(silence);
      request.destroy(silence);
    });
    request.once("error", reject);
  });
}
