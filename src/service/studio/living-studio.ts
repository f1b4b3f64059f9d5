/**
 * The studio over the model that a service serves, as it is now: an item is on the page as soon as it can be recommended and gone when it was deleted, a
 * user's list counts what they did last, and another version takes over here when it does everywhere. What is read beside the model (weights for the graphs,
 * the dataset's table) is opened when somebody first looks, once a version. Training figures are those of the served version.
 */
import { ConfigError } from "../../errors.ts";
import { packageVersion } from "../../runs/environment.ts";
import type { Users } from "../../studio/api.ts";
import { cardOf, type OpenedRun, openForStudio } from "../../studio/server/opened-run.ts";
import type { Whom } from "../../studio/server/people.ts";
import type { Studio } from "../../studio/server/studio.ts";
import { figuresOf, trainingOf } from "../../studio/server/trainings.ts";
import type { LivingModel } from "../living/living-model.ts";
import type { ServedModel } from "../living/served-model.ts";
import type { Store } from "../store/store.ts";
import { factsOfStored, openDatasetFacts } from "./living-facts.ts";
import { findUsers } from "./living-users.ts";
import { whomOfSession, whomOfUser } from "./living-whom.ts";
import { createStoredPictures } from "./stored-pictures.ts";

export interface LivingStudio {
  /** @param listsUsers whether users are listed, or found by their whole id alone */
  studio(listsUsers: boolean): Studio;
  close(): void;
}

/** The one run of this studio, in addresses. */
const liveName = "live";
const withoutHealth =
  "A service does not look at its dataset's health: reading all features would keep requests waiting. latticework inspect does, with the dataset's folder.";

function checkName(run: string): void {
  if (run === liveName) return;
  throw new ConfigError(
    `run "${run}" is not open in this studio, which shows the model that is served, as "${liveName}"`,
  );
}

export function openLivingStudio(
  living: LivingModel,
  store: Pick<Store, "item" | "picture" | "erasedAmong">,
): LivingStudio {
  const storedPictures = createStoredPictures();
  let current: { readonly served: ServedModel; readonly opening: Promise<OpenedRun> } | undefined;

  const closeCurrent = (): void => {
    current?.opening.then(
      (run) => run.close(),
      () => undefined,
    );
    current = undefined;
  };
  const openedOf = (served: ServedModel): Promise<OpenedRun> => {
    if (current?.served === served) return current.opening;
    closeCurrent();
    const opening = openDatasetFacts(served).then((facts) =>
      openForStudio(served.recommender, facts, {
        categoriesOf: served.categoriesOf,
        hasPicture: (id) => served.hasPicture(id) || facts.pictureOf(id) !== undefined,
        changes: () => served.changes,
      }),
    );
    const mine = { served, opening };
    current = mine;
    opening.catch(() => {
      if (current === mine) current = undefined;
    });
    return opening;
  };
  /** Looks in one piece at the model that is served: one that is replaced meanwhile is closed, and is not looked at. */
  const onServed = async <T>(run: string, look: (opened: OpenedRun, served: ServedModel) => T): Promise<T> => {
    checkName(run);
    for (;;) {
      const { served } = living;
      const opened = await openedOf(served);
      if (living.served === served) return look(opened, served);
    }
  };
  const onUser = async <T>(run: string, user: string, look: (opened: OpenedRun, whom: Whom) => T): Promise<T> => {
    checkName(run);
    const state = await living.users.of(user);
    return onServed(run, (opened, served) => look(opened, whomOfUser(served, state)));
  };

  const shared: Omit<Studio, "users"> = {
    summary: () =>
      onServed(liveName, ({ facts, recommender }, { version }) => ({
        version: packageVersion,
        runs: [{ ...cardOf(liveName, recommender.run.config), items: recommender.itemIds().length }],
        notices: [...facts.notices],
        living: { version, withoutHealth },
      })),
    wall: (run, query) => onServed(run, ({ catalogue }) => catalogue.wall(query)),
    categories: (run) => onServed(run, ({ catalogue }) => catalogue.categories()),
    item: async (run, id) => {
      checkName(run);
      const stored = await store.item(id);
      return onServed(run, ({ itemPage, facts }) =>
        itemPage(id, stored === undefined ? facts.factsOf(id) : factsOfStored(stored)),
      );
    },
    picture: async (run, id, size) => {
      const isStored = await onServed(run, ({ catalogue }, served) => {
        catalogue.tile(id);
        return served.hasPicture(id);
      });
      const bytes = isStored ? await store.picture(id) : undefined;
      return bytes === undefined
        ? onServed(run, ({ pictures }) => pictures.read(id, size))
        : storedPictures.small(bytes, size);
    },
    person: (run, query) =>
      "user" in query
        ? onUser(run, query.user, ({ people }, whom) => people.person(whom))
        : onServed(run, ({ people }, served) => people.person(whomOfSession(served, query.items))),
    explain: async (run, query, item) => {
      const page =
        "user" in query
          ? await onUser(run, query.user, ({ people }, whom) => people.explain(whom, item))
          : await onServed(run, ({ people }, served) => people.explain(whomOfSession(served, query.items), item));
      if (page !== undefined) return page;
      throw new ConfigError("nobody's history stands behind what is popular, so nothing explains it");
    },
    map: (run) => onServed(run, ({ maps }) => maps.answer()),
    training: (run) => {
      checkName(run);
      const { config, history } = living.served.recommender.run;
      return trainingOf(config, history);
    },
    health: async (run) => {
      checkName(run);
      throw new ConfigError(withoutHealth);
    },
    comparison: () => ({
      runs: [figuresOf(living.served.version, living.served.recommender.run)],
      leaderboard: [],
    }),
    close: closeCurrent,
  };
  return {
    studio: (listsUsers) => ({
      ...shared,
      users: async (run, query, limit): Promise<Users> => {
        checkName(run);
        return findUsers({ living, store }, { query, limit, listed: listsUsers });
      },
    }),
    close: closeCurrent,
  };
}
