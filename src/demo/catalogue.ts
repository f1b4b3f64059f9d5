/**
 * What the made-up shop sells, in words: kinds of products, the looks that only a picture shows (colour, pattern) and the
 * qualities that only a text tells (style, make, use), and the brands, whose circles of customers neither of them shows.
 */

/** Cloth, tableware, or furniture. */
export type Substance = "cloth" | "ware" | "furniture";

/** Nouns of a kind, what sort of thing its materials are for, and what one costs in the middle of its range. */
interface Kind {
  readonly category: string;
  readonly nouns: readonly string[];
  readonly substance: Substance;
  readonly price: number;
}

export const kindNames = [
  "shirt",
  "dress",
  "sneaker",
  "cap",
  "sock",
  "backpack",
  "bag",
  "umbrella",
  "mug",
  "vase",
  "lamp",
  "armchair",
  "cushion",
  "clock",
] as const;
export type KindName = (typeof kindNames)[number];

export const kinds: Readonly<Record<KindName, Kind>> = {
  shirt: { category: "Clothing > Tops", nouns: ["shirt", "tee", "top"], substance: "cloth", price: 29 },
  dress: { category: "Clothing > Dresses", nouns: ["dress", "frock", "gown"], substance: "cloth", price: 64 },
  sneaker: { category: "Shoes > Sneakers", nouns: ["sneaker", "trainer", "shoe"], substance: "cloth", price: 79 },
  cap: { category: "Clothing > Hats", nouns: ["cap", "hat", "peaked cap"], substance: "cloth", price: 22 },
  sock: { category: "Clothing > Socks", nouns: ["socks", "pair of socks", "stockings"], substance: "cloth", price: 9 },
  backpack: { category: "Bags > Backpacks", nouns: ["backpack", "rucksack", "daypack"], substance: "cloth", price: 69 },
  bag: { category: "Bags > Totes", nouns: ["tote", "shopper", "carry bag"], substance: "cloth", price: 24 },
  umbrella: { category: "Accessories > Umbrellas", nouns: ["umbrella", "brolly"], substance: "cloth", price: 27 },
  mug: { category: "Kitchen > Mugs", nouns: ["mug", "cup", "beaker"], substance: "ware", price: 14 },
  vase: { category: "Home > Vases", nouns: ["vase", "flower jar", "urn"], substance: "ware", price: 34 },
  lamp: { category: "Home > Lighting", nouns: ["lamp", "table lamp", "light"], substance: "furniture", price: 58 },
  armchair: {
    category: "Home > Seating",
    nouns: ["armchair", "easy chair", "seat"],
    substance: "furniture",
    price: 249,
  },
  cushion: { category: "Home > Cushions", nouns: ["cushion", "pillow", "throw pillow"], substance: "cloth", price: 26 },
  clock: { category: "Home > Clocks", nouns: ["clock", "wall clock", "timepiece"], substance: "furniture", price: 39 },
};

/** Colour families; a product has a shade of one. */
export const colourNames = ["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "grey"] as const;
export type ColourName = (typeof colourNames)[number];

export const patternNames = ["plain", "stripes", "dots", "checks", "waves", "zigzag", "flowers"] as const;
export type PatternName = (typeof patternNames)[number];

/** Words that tell a quality, and sentences that do; a text uses a few of each. `{it}` is the product's noun. */
interface Quality {
  readonly words: readonly string[];
  readonly sentences: readonly string[];
}

export const styleNames = [
  "rustic",
  "minimal",
  "vintage",
  "bohemian",
  "sporty",
  "elegant",
  "playful",
  "industrial",
] as const;
export type StyleName = (typeof styleNames)[number];

export const styles: Readonly<Record<StyleName, Quality>> = {
  rustic: {
    words: ["rustic", "farmhouse", "country", "weathered", "cottage", "homespun"],
    sentences: [
      "At home beside a farmhouse table and a wood stove.",
      "A weathered, homespun look that forgives every scratch.",
      "Brings the calm of a country cottage wherever this {it} goes.",
    ],
  },
  minimal: {
    words: ["minimal", "pared-back", "clean-lined", "understated", "uncluttered", "quiet"],
    sentences: [
      "Nothing on it that need not be there: clean lines and quiet proportions.",
      "An uncluttered {it} for people who own few things.",
      "Pared back until only the form was left; understated on purpose.",
    ],
  },
  vintage: {
    words: ["vintage", "retro", "mid-century", "heritage", "old-school", "nostalgic"],
    sentences: [
      "Drawn after a find from a 1960s flea market, with a retro curve.",
      "Mid-century in spirit: your grandparents may have had such a {it}.",
      "A nostalgic piece of heritage design that never quite went away.",
    ],
  },
  bohemian: {
    words: ["bohemian", "boho", "free-spirited", "wanderlust", "festival", "eclectic"],
    sentences: [
      "Free-spirited and a little eclectic, like a festival in June.",
      "A boho {it} that looks gathered on a long journey.",
      "For wanderers: mix it with everything, match it with nothing.",
    ],
  },
  sporty: {
    words: ["sporty", "athletic", "active", "dynamic", "performance", "training"],
    sentences: [
      "Made for active days, from the first run to the last set.",
      "An athletic cut with performance in mind.",
      "A dynamic {it}: light, quick and ready for training.",
    ],
  },
  elegant: {
    words: ["elegant", "refined", "graceful", "polished", "sophisticated", "classic"],
    sentences: [
      "Refined down to the last detail, and graceful from every side.",
      "A polished {it} that is at ease among chandeliers.",
      "Sophisticated without showing off; a classic in the making.",
    ],
  },
  playful: {
    words: ["playful", "quirky", "cheerful", "whimsical", "fun", "mischievous"],
    sentences: [
      "A cheerful {it} that does not take itself too seriously.",
      "Whimsical, quirky, and sure to make somebody smile.",
      "Good fun on dull mornings, with a mischievous streak.",
    ],
  },
  industrial: {
    words: ["industrial", "workshop", "loft", "raw-edged", "factory", "utilitarian"],
    sentences: [
      "Looks as if it came straight off a workshop floor.",
      "A utilitarian {it} for lofts with exposed pipes.",
      "Raw edges, honest rivets, and the charm of an old factory.",
    ],
  },
};

export const makeNames = ["natural", "recycled", "handmade", "sturdy", "precious"] as const;
export type MakeName = (typeof makeNames)[number];

/** What it is made of, by substance; the sentences hold for both. */
export const makes: Readonly<
  Record<
    MakeName,
    Quality & { readonly materials: Readonly<Record<Substance, readonly string[]>>; readonly price: number }
  >
> = {
  natural: {
    words: ["natural", "organic", "untreated", "plant-based"],
    materials: {
      cloth: ["organic cotton", "undyed linen", "hemp", "natural wool"],
      ware: ["natural clay", "unglazed earthenware", "olive wood", "bamboo fibre"],
      furniture: ["untreated oak", "bamboo", "organic beechwood", "natural rattan"],
    },
    sentences: [
      "Organic and untreated: from the field, and one day back to it.",
      "Grown, not synthesised; gentle on skin and soil.",
      "Only plant-based finishes touch the {it}.",
    ],
    price: 1,
  },
  recycled: {
    words: ["recycled", "upcycled", "reclaimed", "circular"],
    materials: {
      cloth: ["recycled polyester", "reclaimed denim", "upcycled sailcloth", "recycled cotton"],
      ware: ["recycled glass", "recycled porcelain", "upcycled bottle glass", "recycled aluminium"],
      furniture: ["reclaimed teak", "recycled aluminium", "upcycled plywood", "reclaimed floorboards"],
    },
    sentences: [
      "Made from what others threw away: circular from start to finish.",
      "Every {it} keeps a kilo of waste out of landfill.",
      "Reclaimed, cleaned and given a second life.",
    ],
    price: 0.9,
  },
  handmade: {
    words: ["handmade", "hand-finished", "artisan", "crafted"],
    materials: {
      cloth: ["hand-woven wool", "hand-knitted yarn", "block-printed cotton", "hand-stitched felt"],
      ware: ["hand-thrown stoneware", "mouth-blown glass", "hand-painted ceramic", "hand-turned wood"],
      furniture: ["hand-turned ash", "hand-carved walnut", "hand-forged iron", "hand-woven cane"],
    },
    sentences: [
      "Made by hand, so no {it} is quite like the next.",
      "Signed by the artisan who crafted it in a workshop of four.",
      "Small irregularities are the mark of the craft.",
    ],
    price: 1.5,
  },
  sturdy: {
    words: ["sturdy", "hard-wearing", "rugged", "tough"],
    materials: {
      cloth: ["waxed canvas", "ripstop nylon", "heavy twill", "double-stitched denim"],
      ware: ["enamelled steel", "tempered glass", "cast iron", "vitrified stoneware"],
      furniture: ["powder-coated steel", "cast iron", "solid beech", "riveted steel"],
    },
    sentences: [
      "Hard-wearing enough to be handed down.",
      "Rugged, tested to ten thousand uses, and guaranteed for ten years.",
      "A tough {it} that shrugs off rain, falls and small children.",
    ],
    price: 1.1,
  },
  precious: {
    words: ["precious", "fine", "luxurious", "exquisite"],
    materials: {
      cloth: ["mulberry silk", "cashmere", "fine merino", "velvet"],
      ware: ["bone china", "hand-cut crystal", "gilded porcelain", "hammered silver"],
      furniture: ["polished brass", "Carrara marble", "rosewood", "gilded bronze"],
    },
    sentences: [
      "A small luxury that feels exquisite in the hand.",
      "The finest grade we could find, in numbered series.",
      "Comes in a lined box: a precious {it} deserves one.",
    ],
    price: 1.9,
  },
};

export const useNames = ["travel", "office", "outdoors", "gift", "evenings", "guests"] as const;
export type UseName = (typeof useNames)[number];

export const uses: Readonly<Record<UseName, Quality>> = {
  travel: {
    words: ["for travel", "for the road", "for weekends away"],
    sentences: [
      "Packs small for the road and weekends away.",
      "A travelling companion: light in the suitcase, at home in any hotel.",
    ],
  },
  office: {
    words: ["for the office", "for the desk", "for working days"],
    sentences: [
      "Made for working days, from the first meeting to the last mail.",
      "Fits the office and the desk at home alike.",
    ],
  },
  outdoors: {
    words: ["for the garden", "for outdoors", "for picnics"],
    sentences: ["Happy outdoors: garden, terrace, picnic by the lake.", "Sun and drizzle in the garden do it no harm."],
  },
  gift: {
    words: ["to give away", "as a present", "for birthdays"],
    sentences: [
      "Arrives gift-wrapped; a present for birthdays and housewarmings.",
      "Our most given present: a card with your words comes along.",
    ],
  },
  evenings: {
    words: ["for evenings in", "for slow Sundays", "for winter nights"],
    sentences: [
      "For evenings in, with a book and the rain outside.",
      "Belongs to slow Sundays and long winter nights.",
    ],
  },
  guests: {
    words: ["for guests", "for parties", "for dinner with friends"],
    sentences: ["Guests will ask where it is from.", "Shows its best side at parties and at dinner with friends."],
  },
};

/** What texts also say and nobody's taste depends on. */
export const asides: readonly string[] = [
  "Delivered in three to five days.",
  "Returns are free within thirty days.",
  "Wipe with a damp cloth.",
  "Please mind the size table.",
  "Designed in our studio by a team of six.",
  "Ships without plastic.",
  "See the pictures for details.",
  "Also as a set of two.",
  "New in this season's collection.",
  "Care instructions are on the label.",
];

/** Circles of customers: people who buy what their friends buy. Each has its brands; no text or picture tells which. */
export const circles: readonly (readonly string[])[] = [
  ["Varrow", "Oskelund", "Tamsin & Pike"],
  ["Brindlemoor", "Quilo", "Hesper"],
  ["Ostara Works", "Nomiko", "Fennick"],
  ["Calloway", "Ryeborn", "Sant Elm"],
  ["Mirabeck", "Tolvane", "Ivo & Ivo"],
  ["Kestrow", "Palindra", "Wexley"],
];
export const brands: readonly string[] = circles.flat();

/** The circle of a brand, as an index into `circles`. */
export function circleOf(brand: string): number {
  return circles.findIndex((names) => names.includes(brand));
}

/** Parts of made-up product names: one of each. */
export const nameBeginnings: readonly string[] =
  "Al Bri Ca Do El Fen Gar Ha Il Jor Ka Lun Mar Nor Ol Pen Ros Sel Tor Ul Ven Wil Yar Zel".split(" ");
export const nameEndings: readonly string[] =
  "bro by da den dra fel ga go la lin lo mar na ne no ra ren ri sa sta ta va vik wyn".split(" ");
