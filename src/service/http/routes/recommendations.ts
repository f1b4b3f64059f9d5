/** Lists and reasons: for users, for sessions, and items like an item. */
import { z } from "@hono/zod-openapi";
import { ConfigError } from "../../../errors.ts";
import type { ServedModel, UserRules } from "../../living/served-model.ts";
import type { UserState } from "../../living/user-states.ts";
import type { AddEndpoint, ServiceContext } from "../endpoint.ts";
import { Problem } from "../problem.ts";
import {
  explanationQuery,
  explanationSchema,
  itemId,
  listSchema,
  recommendBody,
  recommendQuery,
  sessionBody,
  similarQuery,
  similarSchema,
  userId,
} from "../schemas.ts";
import type { Service } from "../service.ts";

const ofUser = z.object({ user: userId });
const ofItem = z.object({ item: itemId });

/** What the model refuses is what was asked for: an unknown category, a sense of likeness it does not have. */
function answered<T>({ withoutPlace }: ServedModel, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof ConfigError) throw new Problem("invalid", withoutPlace(error.message));
    throw error;
  }
}

function json(context: ServiceContext, text: string): Response {
  return context.body(text, 200, { "content-type": "application/json" });
}

function rulesOfQuery(query: z.output<typeof recommendQuery>): UserRules {
  const { category, withoutCategory, boostItem, boostCategory, ...rest } = query;
  const boosts = {
    ...(boostItem === undefined ? {} : { items: Object.fromEntries(boostItem) }),
    ...(boostCategory === undefined ? {} : { categories: Object.fromEntries(boostCategory) }),
  };
  return {
    ...rest,
    categories: category,
    withoutCategories: withoutCategory,
    ...(boostItem === undefined && boostCategory === undefined ? {} : { boosts }),
  };
}

/** Boosts of items that the model does not know say nothing. */
function knownBoosts(rules: UserRules, has: (item: string) => boolean): UserRules {
  const items = rules.boosts?.items;
  if (items === undefined) return rules;
  const known = Object.fromEntries(Object.entries(items).filter(([id]) => has(id)));
  return { ...rules, boosts: { ...rules.boosts, items: known } };
}

export function addRecommendations(add: AddEndpoint, { living, answers }: Service): void {
  const recommend = (context: ServiceContext, state: UserState, rules: UserRules): Response => {
    const { served } = living;
    const key = `${served.version}\n${served.changes}\n${state.version}\n${JSON.stringify(rules)}`;
    const text = answers.of(key, () =>
      answered(served, () =>
        JSON.stringify({ model: served.version, ...served.recommend(state, knownBoosts(rules, served.has)) }),
      ),
    );
    return json(context, text);
  };
  /** Waits for the store only where the user has to be read. */
  const ofState = (user: string, answer: (state: UserState) => Response): Response | Promise<Response> => {
    const state = living.users.of(user);
    return state instanceof Promise ? state.then(answer) : answer(state);
  };

  add(
    {
      method: "get",
      path: "/v1/users/{user}/recommendations",
      scope: "read",
      id: "recommend",
      summary: "The best items for a user",
      description:
        "Users nobody knows get what is popular. Items of allow, deny, because and boosts that the model does not know say nothing.",
      params: ofUser,
      query: recommendQuery,
      returns: { schema: listSchema },
      problems: ["invalid"],
    },
    ({ params, query, context }) => ofState(params.user, (state) => recommend(context, state, rulesOfQuery(query))),
  );
  add(
    {
      method: "post",
      path: "/v1/users/{user}/recommendations",
      scope: "read",
      id: "recommendBy",
      summary: "The best items for a user, with rules too long for an address",
      params: ofUser,
      body: recommendBody,
      returns: { schema: listSchema },
    },
    ({ params, body, context }) => ofState(params.user, (state) => recommend(context, state, body)),
  );
  add(
    {
      method: "post",
      path: "/v1/sessions/recommendations",
      scope: "read",
      id: "recommendSession",
      summary: "The best items for somebody without a name, by the items they looked at",
      body: sessionBody,
      returns: { schema: listSchema },
    },
    ({ body: { items, ...rules }, context }) => {
      const { served } = living;
      const list = answered(served, () => served.session(items, knownBoosts(rules, served.has)));
      return json(context, JSON.stringify({ model: served.version, ...list }));
    },
  );
  add(
    {
      method: "get",
      path: "/v1/items/{item}/similar",
      scope: "read",
      id: "similar",
      summary: "Items like an item",
      params: ofItem,
      query: similarQuery,
      returns: { schema: similarSchema },
      problems: ["not-found", "invalid"],
    },
    ({ params: { item }, query: { by = "embedding", count = 10 }, context }) => {
      const { served } = living;
      if (!served.has(item)) throw new Problem("not-found", "No item of that id can be recommended now");
      const items = answered(served, () => served.similar(item, by, count));
      return json(context, JSON.stringify({ model: served.version, by, items }));
    },
  );
  add(
    {
      method: "get",
      path: "/v1/users/{user}/explanations/{item}",
      scope: "read",
      id: "explain",
      summary: "Why a user is recommended an item: its score in parts that add up to it",
      params: z.object({ user: userId, item: itemId }),
      query: explanationQuery,
      returns: { schema: explanationSchema },
      problems: ["not-found", "invalid"],
    },
    ({ params: { user, item }, query: { count = 5 }, context }) =>
      ofState(user, (state) => {
        const { served } = living;
        if (!served.has(item)) throw new Problem("not-found", "No item of that id can be recommended now");
        const explanation = answered(served, () => served.explain(state, item, count));
        if (explanation === undefined) {
          throw new Problem(
            "not-found",
            "This user has no history and is recommended what is popular; nothing explains it",
          );
        }
        return json(context, JSON.stringify({ model: served.version, ...explanation }));
      }),
  );
}
