/** Users as a run was trained with them, and people by their session alone. */
import { ConfigError } from "../../errors.ts";
import type { Recommender } from "../../recommender/index.ts";
import type { PersonQuery } from "../api.ts";
import type { Whom } from "./people.ts";

/** @throws ConfigError for an unknown user */
export function whomOfRun(recommender: Recommender, query: PersonQuery): Whom {
  const key = JSON.stringify(query);
  if ("items" in query) {
    return {
      key,
      history: query.items,
      heldOut: [],
      list: (count) => recommender.recommendFor({ history: query.items, count }),
      explain: (item, count) => recommender.explainFor(query.items, item, { count }),
    };
  }
  const known = recommender.user(query.user);
  if (known === undefined) {
    throw new ConfigError(
      `user ${JSON.stringify(query.user)} is not in this run, which knows ${recommender.run.ids.users.length} users`,
    );
  }
  const { history, heldOut } = known;
  return {
    key,
    history,
    heldOut,
    list: (count) => recommender.recommend([query.user], { count })[0] ?? { source: "popularity", items: [] },
    explain: (item, count) => recommender.explain(query.user, item, { count }),
  };
}
