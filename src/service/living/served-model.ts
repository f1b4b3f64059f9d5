/**
 * One trained model, and what came after its training: items that were added, changed, hidden or have expired, and users' histories as they are
 * now. Who has done nothing that the model was not trained with gets the model's own list; everybody else the list of their whole history
 * (`recommender/fold-in.ts`): trained and stored together, without what they rejected, each item once with its largest weight.
 */

import { crc32 } from "node:zlib";
import { ConfigError, DatasetError } from "../../errors.ts";
import type {
  Explanation,
  HistoryItem,
  KnownItem,
  KnownUser,
  ListRules,
  NewItem,
  RecommendedItem,
  RecommendedList,
  Recommender,
  RunIndexOptions,
} from "../../recommender/index.ts";
import { keptWithRun, openRecommender } from "../../recommender/index.ts";
import { openCategories } from "../../recommender/rules/categories.ts";
import type { StoredItem } from "../store/store.ts";
import { createItemExpiries } from "./item-expiries.ts";
import { livingCategories } from "./living-categories.ts";
import { createUserHistories } from "./user-histories.ts";
import type { UserState } from "./user-states.ts";

export interface UserRules extends ListRules {
  /** Leave out what the user has (the default), or nothing. */
  readonly exclude?: "seen" | "nothing" | undefined;
  readonly because?: readonly string[] | undefined;
  readonly becauseWeight?: number | undefined;
}

/** What a model and its dataset say of an item. */
export interface TrainedItem extends Pick<KnownItem, "title"> {
  readonly categories: readonly string[];
  /** In which the dataset has features of it. */
  readonly modalities: readonly string[];
}

export interface ServedModel {
  readonly version: string;
  readonly recommender: Recommender;
  /** Grows with every change of the catalogue. */
  readonly changes: number;
  /** Modalities that items can bring, with their lengths; empty where the model cannot place items. */
  readonly modalities: ReadonlyMap<string, number>;
  /** Of the run's dataset, where it is known. */
  readonly datasetFolder: string | undefined;
  categoriesOf(item: string): readonly string[];
  /** Whether the store has a picture of it. */
  hasPicture(item: string): boolean;
  /** Undefined for an item that the model was not trained with, or that is hidden. */
  trainedItem(item: string): TrainedItem | undefined;
  trainedUser(user: string, erasedAt: number | undefined): KnownUser | undefined;
  /** Brings items up to date. @returns by id why an item cannot be recommended, where that is so */
  put(items: readonly StoredItem[]): Promise<ReadonlyMap<string, string>>;
  remove(ids: readonly string[]): void;
  /** A message without the run's folder in it, for callers from elsewhere. */
  withoutPlace(message: string): string;
  /** Whether an item can be recommended now. */
  has(item: string): boolean;
  recommend(user: UserState, rules: UserRules): RecommendedList;
  /** For somebody by items alone. */
  session(history: readonly HistoryItem[], rules: UserRules): RecommendedList;
  similar(item: string, by: string, count: number): readonly RecommendedItem[];
  /** What the model knows of somebody's history, trained and stored, without what they rejected. */
  history(user: UserState): readonly string[];
  /** @param count reasons to list; undefined for all */
  explain(user: UserState, item: string, count: number | undefined): Explanation | undefined;
  close(): void;
}

export interface ServedModelRequest {
  readonly version: string;
  readonly folder: string;
  readonly dataset?: string | undefined;
  /** Lists come from an approximate index, kept with the run. */
  readonly index?: RunIndexOptions | undefined;
  readonly now: () => number;
}

function checksumOf(features: NewItem["features"]): number {
  let sum = 0;
  for (const [name, values] of Object.entries(features)) {
    sum = crc32(Buffer.from(Float32Array.from(values).buffer), crc32(name, sum));
  }
  return sum;
}

/** @throws RunError when the run cannot be opened */
export async function openServedModel(request: ServedModelRequest): Promise<ServedModel> {
  const { version, folder, dataset, index, now } = request;
  const categories = livingCategories();
  const recommender = await openRecommender(folder, {
    dataset,
    categories: categories.source,
    index: index === undefined ? undefined : keptWithRun(folder, index),
  });
  try {
    categories.ofDataset(await openCategories(recommender.run, true, dataset));
  } catch (error) {
    // Most datasets name no categories; items then have those that the shop gives them.
    if (!(error instanceof ConfigError) && !(error instanceof DatasetError)) throw error;
  }
  const place = recommender.run.folder;
  const withoutPlace = (message: string): string =>
    message.replaceAll(`run ${place}`, "the model").replaceAll(place, "its folder");
  let modalities: ReadonlyMap<string, number> = new Map();
  let unplaceable = "";
  try {
    modalities = await recommender.newItemModalities();
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof DatasetError)) throw error;
    unplaceable = withoutPlace(error.message);
  }
  // The first fold-in of a graph model evaluates the graph: now, not while somebody waits.
  const [first] = recommender.run.ids.items;
  if (first !== undefined) recommender.recommendFor({ history: [first], count: 1 });

  /** Of the features with which each item was placed last: the same ones once more change nothing. */
  const checksums = new Map<string, number>();
  const expiries = createItemExpiries();
  const pictured = new Set<string>();
  let changes = 0;
  const histories = createUserHistories(recommender);

  /** Hides what has expired by now. */
  const expire = (): void => {
    if (expiries.expire(now(), (due) => recommender.hideItems(due.filter(recommender.knows)))) changes++;
  };

  const newItemOf = (item: StoredItem): NewItem | undefined => {
    const features = Object.entries({ ...item.encoded.features, ...item.features }).filter(
      ([name, values]) => modalities.get(name) === values.length && values.some((value) => value !== 0),
    );
    if (features.length === 0) return undefined;
    // Title and categories are said apart: they change where features do not.
    return { id: item.id, features: Object.fromEntries(features) };
  };

  const put: ServedModel["put"] = async (items) => {
    const last = new Map(items.map((item) => [item.id, item]));
    const changed = [...last.values()].flatMap((item) => newItemOf(item) ?? []);
    const sums = new Map(changed.map((item) => [item.id, checksumOf(item.features)]));
    const placed = changed.filter(({ id }) => checksums.get(id) !== sums.get(id));
    for (const [id, sum] of sums) checksums.set(id, sum);
    if (placed.length > 0) await recommender.addItems(placed, { replace: true });
    const without = new Map<string, string>();
    const shown: string[] = [];
    // What the training learned of an item stays; one that came later has its features alone to stand on.
    const hasPlace = (id: string): boolean => recommender.knows(id) && (sums.has(id) || recommender.wasTrained(id));
    for (const item of last.values()) {
      categories.set(item.id, item.categories);
      if (item.pictureDigest !== undefined) pictured.add(item.id);
      else pictured.delete(item.id);
      if (hasPlace(item.id)) {
        recommender.setTitles([[item.id, item.title]]);
        shown.push(item.id);
        expiries.set(item.id, item.expiresAt);
      } else {
        if (recommender.knows(item.id)) recommender.hideItems([item.id]);
        const names = [...modalities.keys()].join(", ");
        without.set(item.id, unplaceable || `it has no features in a modality of the model: ${names}`);
      }
    }
    recommender.showItems(shown);
    changes++;
    expire();
    return without;
  };

  const trainedItem: ServedModel["trainedItem"] = (id) => {
    if (!recommender.has(id)) return undefined;
    const { title, added } = recommender.item(id);
    if (added) return undefined;
    return { title, categories: categories.source.of(id), modalities: recommender.modalitiesOf(id) };
  };

  const unseen = (user: UserState, rules: UserRules): readonly string[] =>
    [...(rules.deny ?? []), ...user.dislikes].filter(recommender.knows);

  return {
    version,
    recommender,
    get changes() {
      expire();
      return changes;
    },
    modalities,
    datasetFolder: dataset ?? recommender.run.config.dataset.folder,
    categoriesOf: categories.source.of,
    hasPicture: (item) => pictured.has(item),
    trainedItem,
    trainedUser: histories.trained,
    history: (user) => [...histories.of(user).weights.keys()],
    withoutPlace,
    put,
    remove: (ids) => {
      recommender.hideItems(ids.filter(recommender.knows));
      for (const id of ids) {
        expiries.set(id, undefined);
        pictured.delete(id);
      }
      changes++;
    },
    has: (item) => {
      expire();
      return recommender.has(item);
    },
    recommend: (user, rules) => {
      expire();
      const { exclude = "seen", because = [], ...rest } = rules;
      const seen = exclude === "seen";
      const allow = rest.allow?.filter(recommender.has);
      const counted = because.filter(recommender.knows);
      if (histories.isAsTrained(user)) {
        const [list] = recommender.recommend([user.id], {
          ...rest,
          allow,
          deny: unseen(user, rest),
          because: counted,
          exclude: seen ? "all" : "nothing",
        });
        return { source: list.source, items: list.items };
      }
      const { known, weights } = histories.of(user);
      const history = Array.from(weights, ([id, weight]) => ({ id, weight }));
      return recommender.recommendFor({
        ...rest,
        allow,
        deny: [...unseen(user, rest), ...(seen ? (known?.heldOut ?? []) : []), ...(known?.dislikes ?? [])],
        history,
        because: counted,
        exclude: seen ? "history" : "nothing",
      });
    },
    session: (history, rules) => {
      expire();
      const { exclude = "seen", because: _, becauseWeight: __, ...rest } = rules;
      return recommender.recommendFor({
        ...rest,
        allow: rest.allow?.filter(recommender.has),
        deny: rest.deny?.filter(recommender.knows),
        history: history.filter((entry) => recommender.knows(typeof entry === "string" ? entry : entry.id)),
        exclude: exclude === "seen" ? "history" : "nothing",
      });
    },
    similar: (item, by, count) => {
      expire();
      return recommender.similar(item, { by, count });
    },
    explain: (user, item, count) => {
      expire();
      if (histories.isAsTrained(user)) return recommender.explain(user.id, item, { count });
      const { weights } = histories.of(user);
      const history = Array.from(weights, ([id, weight]) => ({ id, weight }));
      return history.length === 0 ? undefined : recommender.explainFor(history, item, { count });
    },
    close: recommender.close,
  };
}
