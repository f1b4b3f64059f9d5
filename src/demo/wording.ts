/**
 * Titles and descriptions of products, in varied words. They tell the kind, the style, the make and the use; colour and pattern are
 * left to the picture, the brand to its column.
 */

import { shuffle } from "../data/holdout.ts";
import type { Random } from "../tensor/random.ts";
import { asides, kinds, makes, nameBeginnings, nameEndings, styles, uses } from "./catalogue.ts";
import type { Qualities } from "./taste.ts";

export function pick<Value>(values: readonly Value[], random: Random): Value {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new RangeError("nothing to pick from");
  return value;
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** @returns about five words; the product's made-up name is in about half of them */
export function makeTitle(product: Qualities, random: Random): string {
  const { nouns, substance } = kinds[product.kind];
  const noun = pick(nouns, random);
  const style = pick(styles[product.style].words, random);
  const material = pick(makes[product.make].materials[substance], random);
  const use = pick(uses[product.use].words, random);
  const name = pick(nameBeginnings, random) + pick(nameEndings, random);
  switch (random.below(6)) {
    case 0:
      return capital(`${style} ${noun} in ${material}`);
    case 1:
      return `${name}, ${style} ${material} ${noun}`;
    case 2:
      return capital(`${style} ${noun} ${use}`);
    case 3:
      return `${name} ${noun}: ${style}, ${use}`;
    case 4:
      return capital(`${style} ${pick(makes[product.make].words, random)} ${noun} “${name}”`);
    default:
      return capital(`${noun} of ${material}, ${style}`);
  }
}

/** @returns four to seven sentences in any order */
export function makeDescription(product: Qualities, random: Random): string {
  const { nouns, substance } = kinds[product.kind];
  const style = styles[product.style];
  const make = makes[product.make];
  const use = uses[product.use];
  const material = pick(make.materials[substance], random);
  const noun = pick(nouns, random);
  const styled = [...style.sentences];
  shuffle(styled, styled.length, random);
  const sentences = [
    pick(
      [
        `A ${pick(style.words, random)} ${noun} in ${material}.`,
        `This ${noun} of ${material} is ${pick(style.words, random)} and ${pick(make.words, random)}.`,
        `${capital(pick(style.words, random))} ${noun}, ${material}, ${pick(use.words, random)}.`,
        `${capital(material)} meets a ${pick(style.words, random)} shape: our ${noun} ${pick(use.words, random)}.`,
      ],
      random,
    ),
    ...styled.slice(0, 2),
    pick(make.sentences, random),
    pick(use.sentences, random),
  ];
  // Not every text tells everything.
  if (random.below(4) === 0) sentences.splice(3 + random.below(2), 1);
  const more = [...asides];
  shuffle(more, more.length, random);
  sentences.push(...more.slice(0, random.below(3)));
  shuffle(sentences, sentences.length, random);
  return sentences.join(" ").replaceAll("{it}", noun);
}
