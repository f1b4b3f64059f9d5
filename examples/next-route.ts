/** A route of Next, `app/for-you/route.ts`: for who has no account yet, by the products that a cookie remembers. */
import { createClient } from "latticework/client";

const { LATTICEWORK_URL = "http://localhost:4700", LATTICEWORK_KEY } = process.env;
const recommender = createClient({ url: LATTICEWORK_URL, key: LATTICEWORK_KEY });

const seenIn = (cookies: string | null): string[] => {
  const [, seen = ""] = /(?:^|; )seen=([^;]+)/.exec(cookies ?? "") ?? [];
  return seen === "" ? [] : seen.split(",").map(decodeURIComponent);
};

export async function GET(request: Request): Promise<Response> {
  const category = new URL(request.url).searchParams.get("category");
  const { items } = await recommender.recommendSession(seenIn(request.headers.get("cookie")), {
    count: 12,
    ...(category === null ? {} : { categories: [category] }),
  });
  return Response.json(items);
}
