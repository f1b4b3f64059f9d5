/** A shop on Fastify: products like a product, and 404 where there is no such product. `node examples/fastify.ts` */
import Fastify from "fastify";
import { createClient, ServiceProblem } from "latticework/client";

const { LATTICEWORK_URL = "http://localhost:4700", LATTICEWORK_KEY, PORT = "3000" } = process.env;
const recommender = createClient({ url: LATTICEWORK_URL, key: LATTICEWORK_KEY });
const app = Fastify();

app.get<{ Params: { id: string } }>("/products/:id/like-this", async ({ params }, reply) => {
  try {
    const { items } = await recommender.similar(params.id, { count: 8 });
    return items;
  } catch (error) {
    if (error instanceof ServiceProblem && error.status === 404)
      return reply.code(404).send({ message: error.message });
    throw error;
  }
});

await app.listen({ port: Number(PORT) });
console.log("Listening at", app.server.address());
