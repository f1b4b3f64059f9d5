/**
 * Which column of a table is the user, the item, the rating…: named by option, or recognised by the names that shops and
 * public collections use. Case, spaces and punctuation do not matter: userId, USER_ID and "User ID" are the same name.
 */
import { distance } from "fastest-levenshtein";
import { ConfigError } from "../errors.ts";
import type { ColumnChoice } from "./source.ts";

export type ColumnRole = ColumnChoice["role"];

const itemNames =
  "itemid item asin parentasin productid product sku productsku articleid article movieid bookid isbn trackid songid artistid recipeid videoid contentid gameid appid newsid iid".split(
    " ",
  );

/** In order of preference, in lower case without anything but letters and digits. */
const commonNames: Readonly<Record<ColumnRole, readonly string[]>> = {
  user: "userid user uid reviewerid customerid customer clientid client visitorid visitor accountid account memberid buyerid profileid personid shopperid subscriberid sessionid session".split(
    " ",
  ),
  item: itemNames,
  rating: "rating ratings stars starrating overall score reviewrating ratingvalue reviewscore".split(" "),
  time: "timestamp time unixreviewtime unixtime datetime eventtime createdat orderedat purchasedat ratedat orderdate orderedon purchasedate purchasetime eventdate reviewdate transactiondate invoicedate date ts".split(
    " ",
  ),
  event:
    "event eventtype eventname action actiontype behavior behaviour behaviortype behaviourtype interaction interactiontype activity".split(
      " ",
    ),
  title: "title name productname producttitle itemname itemtitle articlename displayname".split(" "),
};

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** Whether a table has both a user and an item. */
export const looksLikeInteractions = (names: readonly string[]): boolean =>
  (["user", "item"] as const).every((role) => names.some((name) => commonNames[role].includes(plain(name))));

/** The nearest of several names, where one is near enough to be meant. */
export function closest(wanted: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => ({ name, far: distance(plain(wanted), plain(name)) }));
  const [best] = distances.sort((a, b) => a.far - b.far);
  return best !== undefined && best.far <= Math.max(2, Math.ceil(wanted.length / 2)) ? best.name : undefined;
}

export interface RoleRequest {
  readonly role: ColumnRole;
  /** The option that names it, for messages. */
  readonly option: string;
  /** What the option says. */
  readonly name: string | undefined;
  readonly required: boolean;
}

const listed = (names: readonly string[]): string =>
  names.length > 30 ? `${names.slice(0, 30).join(", ")}, … (${names.length})` : names.join(", ");

/**
 * A named column has to be there, in exactly this spelling or in the same but for case. Columns that were not named are recognised; a
 * column plays one part only.
 * @param subject what messages call the table
 * @throws ConfigError for a named column that is not there, with the nearest one, and for a required one that nobody named and nothing looks like
 */
export function chooseColumns(
  subject: string,
  table: ColumnChoice["table"],
  names: readonly string[],
  requests: readonly RoleRequest[],
): readonly ColumnChoice[] {
  const named = requests.flatMap(({ role, option, name }) => {
    if (name === undefined) return [];
    const column = names.find((one) => one === name) ?? names.find((one) => one.toLowerCase() === name.toLowerCase());
    if (column === undefined) {
      const suggestion = closest(name, names);
      throw new ConfigError(
        `${subject} has no column "${name}" (${option})${suggestion === undefined ? "" : `; did you mean "${suggestion}"?`} It has: ${listed(names)}`,
      );
    }
    return [{ table, role, column, guessed: false }];
  });
  const taken = new Set(named.map(({ column }) => column));
  const chosen = requests.flatMap(({ role, option, name, required }): readonly ColumnChoice[] => {
    if (name !== undefined) return named.filter((one) => one.role === role);
    const candidates = role === "item" && table === "items" ? [...itemNames, "id"] : commonNames[role];
    for (const candidate of candidates) {
      const column = names.find((one) => plain(one) === candidate && !taken.has(one));
      if (column === undefined) continue;
      taken.add(column);
      return [{ table, role, column, guessed: true }];
    }
    if (!required) return [];
    throw new ConfigError(
      `${subject} has no column that looks like the ${role}: name it with ${option}. It has: ${listed(names)}`,
    );
  });
  return chosen;
}
