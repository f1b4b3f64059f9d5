/**
 * What the studio's page can ask, whoever answers: run folders (`run-studio.ts`), or the living model of a service. Each answer is computed in one piece, so
 * that it is of one state of a model. `run` is a run's name in addresses; every method that takes one throws ConfigError for a name that is none.
 */
import type {
  Categories,
  ComparisonPage,
  ExplanationPage,
  Health,
  ItemPage,
  MapAnswer,
  Person,
  PersonQuery,
  StudioSummary,
  Training,
  Users,
  Wall,
  WallQuery,
} from "../api.ts";
import type { PictureSize } from "./pictures.ts";

export interface Studio {
  summary(): Promise<StudioSummary>;
  wall(run: string, query: WallQuery): Promise<Wall>;
  categories(run: string): Promise<Categories>;
  /** @throws ConfigError naming the id and the closest known ones */
  item(run: string, id: string): Promise<ItemPage>;
  /** WebP; undefined for an item without a picture that can be read. @throws ConfigError for an unknown id */
  picture(run: string, id: string, size: PictureSize): Promise<Uint8Array<ArrayBuffer> | undefined>;
  users(run: string, query: string, limit: number): Promise<Users>;
  /** @throws ConfigError for an unknown id */
  person(run: string, query: PersonQuery): Promise<Person>;
  /** @throws as `Recommender.explain` */
  explain(run: string, query: PersonQuery, item: string): Promise<ExplanationPage>;
  /** The item graph laid out; starts the layout where there is none. @throws what the layout failed with */
  map(run: string): Promise<MapAnswer>;
  /** How a run's training stands, read anew each time. */
  training(run: string): Training;
  /** What `inspect` says of the run's dataset. @throws DatasetError when it cannot be read, ConfigError where this studio does not look at it */
  health(run: string): Promise<Health>;
  /** The finished runs side by side, and the leaderboard. */
  comparison(): ComparisonPage;
  close(): void;
}
