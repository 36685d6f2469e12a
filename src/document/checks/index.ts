/**
 * What fits the schema and still makes no sense (mistakes), or makes sense and surprises (warnings). One file for each
 * part of a document, one line here.
 */
import type { Parts } from "../parts.ts";
import type { Finding } from "../problem.ts";
import { reportsOfPeople, seriesTooShort, unknownSeries, unpaired, withoutHistory } from "./amounts.ts";
import { watchedByNobody, windowOfFirstShare, windowOfPoints } from "./after-promotion.ts";
import { backendsShared, listensToItself, sameRevision } from "./arms.ts";
import { cookieWithoutUse, insecureCookie } from "./assignment.ts";
import { everyGateIsDry, narrowMargin, noMargin, unitsOfRequests } from "./gates.ts";
import { judgedTooLate, unknownMetric } from "./kayenta.ts";
import { costlyRegex, matchesEverybody } from "./matches.ts";
import { namedTwice } from "./names.ts";
import { leapsToAll, nothingToCopyTo, switchedUnproven } from "./ramp.ts";
import { peopleElsewhere, unfitSource, unknownRate } from "./sources.ts";
import { roundsAskNobody } from "./rounds.ts";
import { contradictoryTimes, stepsThatCannotWork } from "./steps.ts";
import { impossibleRange, limitsOfNoStep, rarelyChecked, unknownValue } from "./threshold.ts";

export type Check = (parts: Parts) => readonly Finding[];

const mistakes: readonly Check[] = [
  backendsShared,
  listensToItself,
  namedTwice,
  unitsOfRequests,
  unfitSource,
  peopleElsewhere,
  unknownValue,
  unknownRate,
  unknownMetric,
  unknownSeries,
  unpaired,
  impossibleRange,
  limitsOfNoStep,
  stepsThatCannotWork,
  contradictoryTimes,
  windowOfPoints,
];

const surprises: readonly Check[] = [
  sameRevision,
  insecureCookie,
  cookieWithoutUse,
  matchesEverybody,
  costlyRegex,
  noMargin,
  narrowMargin,
  everyGateIsDry,
  rarelyChecked,
  leapsToAll,
  switchedUnproven,
  nothingToCopyTo,
  roundsAskNobody,
  judgedTooLate,
  withoutHistory,
  seriesTooShort,
  reportsOfPeople,
  watchedByNobody,
  windowOfFirstShare,
];

export const mistakesIn = (parts: Parts): readonly Finding[] => mistakes.flatMap((check) => check(parts));
export const surprisesIn = (parts: Parts): readonly Finding[] => surprises.flatMap((check) => check(parts));
