/** A shop on Express: who comes sees what is for them, and what they look at counts. `node examples/express.ts` */
import express, { type Request } from "express";
import { createClient } from "latticework/client";

const { LATTICEWORK_URL = "http://localhost:4700", LATTICEWORK_KEY, PORT = "3000" } = process.env;
const recommender = createClient({ url: LATTICEWORK_URL, key: LATTICEWORK_KEY });
const app = express();

/** Of a cookie here; in a shop, of its session. */
const userOf = ({ headers }: Request): string => /(?:^|; )user=([^;]+)/.exec(headers.cookie ?? "")?.[1] ?? "visitor";

app.get("/for-you", async (request, response) => {
  const { items } = await recommender.recommend(userOf(request), { count: 12 });
  response.json(items);
});
app.post("/products/:id/seen", async (request, response) => {
  await recommender.addInteractions([{ user: userOf(request), item: request.params.id, event: "view" }]);
  response.sendStatus(204);
});

const server = app.listen(Number(PORT), () => console.log("Listening at", server.address()));
