/**
 * What a service keeps: the living catalogue with the features of its items, interactions, access keys and model versions. A write is durable when
 * its promise is kept. Every write takes the next position in one sequence of changes, which processes that share a store follow: whoever has seen a
 * position has seen every one before it. Ids, keys and events hold no zero character.
 */

/** A value of a free attribute. */
export type AttributeValue = string | number | boolean | null | readonly (string | number | boolean)[];

export interface StoredItem {
  readonly id: string;
  readonly title?: string | undefined;
  readonly text?: string | undefined;
  readonly categories: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  /** Milliseconds since 1970; from then on the item appears nowhere. */
  readonly expiresAt?: number | undefined;
  /** SHA-256 of the picture's bytes, in hexadecimal digits; undefined where there is none. */
  readonly pictureDigest?: string | undefined;
  /** Features that the shop gave, by modality. */
  readonly features: Readonly<Record<string, Float32Array>>;
  /** Features that were encoded from text and picture, and what encoders made them: others make them again. */
  readonly encoded: { readonly by: string; readonly features: Readonly<Record<string, Float32Array>> };
}

/** What is written of an item: all of it. A picture that is not given stays; null takes it away. */
export interface ItemWrite extends Omit<StoredItem, "pictureDigest"> {
  readonly picture?: Uint8Array | null | undefined;
  /** Of a picture that stays, the digest by which it has to be known, null for none; not given, it is whatever it is. */
  readonly expectedPicture?: string | null | undefined;
}

export interface StoredInteraction {
  /** Two with the same key are one. */
  readonly key: string;
  readonly user: string;
  readonly item: string;
  /** What happened, in the shop's words. */
  readonly event: string;
  /** How much it counts, above 0; below 0 the user does not want the item. */
  readonly weight: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What changed, for whoever has a copy of it: the thing itself is to be read again. */
export interface StoreChange {
  readonly position: number;
  /** erasure: some user is gone, without saying who. */
  readonly kind: "item" | "user" | "erasure" | "model";
  /** "" of an erasure. */
  readonly id: string;
}

export type Scope = "read" | "write" | "admin";

export interface StoredKey {
  /** Public part. */
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of the secret part, 32 bytes. */
  readonly hash: Uint8Array;
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
  readonly revokedAt?: number | undefined;
}

export interface StoredModel {
  readonly version: string;
  /** Run folder. */
  readonly folder: string;
  readonly createdAt: number;
  /** What is said about it, such as its validation figures. */
  readonly note: Readonly<Record<string, string | number>>;
}

export interface Store {
  /** Made once and kept: told apart by it are stores that share a folder. A copy of a store has it too. */
  identity(): Promise<string>;
  /** Undefined for one that is unknown or was deleted. */
  item(id: string): Promise<StoredItem | undefined>;
  /** Those of the items that are known and not deleted, by id. */
  itemsOf(ids: readonly string[]): Promise<ReadonlyMap<string, StoredItem>>;
  picture(id: string): Promise<Uint8Array | undefined>;
  /** All items in blocks. */
  items(): AsyncIterable<readonly StoredItem[]>;
  /** Writes all of them, or none where a picture that was to stay is not the expected one. @returns whether they were written */
  putItems(items: readonly ItemWrite[]): Promise<boolean>;
  /** Writes an item over what was read of it, unless it or its picture is another by now. @returns whether it was written */
  replaceItem(before: StoredItem, write: ItemWrite): Promise<boolean>;
  /**
   * Replaces what was encoded of an item as it was read, unless it or its picture is another by now, or gone. Takes no position: nothing changed that others follow.
   * @returns whether it was written
   */
  putEncoded(before: StoredItem, encoded: StoredItem["encoded"]): Promise<boolean>;
  /** Kept as a mark, so that an item which only a run knows is gone as well. @returns whether there was one */
  deleteItem(id: string): Promise<boolean>;
  /** Which of all items were deleted. */
  deletedItems(): Promise<readonly string[]>;
  /** @returns those that were not there yet, by their keys */
  addInteractions(interactions: readonly StoredInteraction[]): Promise<ReadonlySet<string>>;
  /** The latest ones of a user, latest first. */
  history(user: string, most: number): Promise<readonly StoredInteraction[]>;
  /** All of a user, in blocks. */
  userInteractions(user: string): AsyncIterable<readonly StoredInteraction[]>;
  /** Removes all of a user, and remembers, without their id, that models trained before do not know them. @returns removed interactions */
  eraseUser(user: string, at: number): Promise<number>;
  /** When the user was erased last. */
  erasedAt(user: string): Promise<number | undefined>;
  /** The same of many users, by id; those who never were are left out. */
  erasedAmong(users: readonly string[]): Promise<ReadonlyMap<string, number>>;
  interactionCount(): Promise<number>;
  /** All interactions in blocks, in the order in which they came. */
  interactions(): AsyncIterable<readonly StoredInteraction[]>;
  /** The last position. */
  position(): Promise<number>;
  /** Changes after a position, in order, at most so many. */
  changesSince(position: number, most: number): Promise<readonly StoreChange[]>;
  /** How many changes after a position were of items or users, erasures among them: all but those of versions. */
  dataChangesSince(position: number): Promise<number>;
  /**
   * Removes changes that are older than so many milliseconds by the store's clock, the oldest first, at most so many. Those of versions stay, and so
   * does the last one. @returns how many it removed; fewer than asked for when no more are as old
   */
  pruneChanges(milliseconds: number, most: number): Promise<number>;
  keys(): Promise<readonly StoredKey[]>;
  key(id: string): Promise<StoredKey | undefined>;
  addKey(key: StoredKey): Promise<void>;
  /** @returns whether there is one */
  revokeKey(id: string, at: number): Promise<boolean>;
  models(): Promise<readonly StoredModel[]>;
  /**
   * @param takesOverFrom the version that it takes over from in the same write, where that one is served
   * @returns whether it is served now
   */
  addModel(model: StoredModel, takesOverFrom?: string): Promise<boolean>;
  /** Adds a model unless one of its folder is there, in one step. @returns the one that is there now, of several the oldest */
  addModelOfFolder(model: StoredModel): Promise<StoredModel>;
  servedModel(): Promise<string | undefined>;
  /** From now on this version is the served one, and no other. @throws RunError when there is no such version */
  serveModel(version: string): Promise<void>;
  /** Takes a version out of the list, unless it is served. @returns whether it was taken out */
  removeModel(version: string): Promise<boolean>;
  /** Takes a lease that nobody else has, or keeps one's own, for so long from now by the store's clock. @returns whether the holder has it */
  holdLease(name: string, holder: string, milliseconds: number): Promise<boolean>;
  /** Who has or had a lease last; undefined where it was given back. */
  leaseHolder(name: string): Promise<string | undefined>;
  /** Gives one's own lease back. */
  releaseLease(name: string, holder: string): Promise<void>;
  close(): Promise<void>;
}

/** The store cannot be reached or cannot write now; the same call may succeed later. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}
