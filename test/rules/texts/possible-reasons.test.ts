import { expect, test } from 'vitest';
import { possibleReasons } from '../../../src/rules/texts/possible-reasons.ts';
import { ama, example } from '../support.ts';

test('a rejection can have these reasons, in this order', () => {
  expect(possibleReasons('reject', ama.source)).toEqual([
    ...['cancelled', 'intermediateProof', 'notADiploma'],
    ...['belowByCategory', 'belowByVks', 'belowByIsced2011', 'belowByDegree', 'belowByIsced1997'],
  ]);
});

test('a subject under review is a reason only if the rule set has such a subject', () => {
  const reviews = possibleReasons('review', ama.source);
  expect(reviews).toContain('subjectFieldMismatch');
  expect(reviews).not.toContain('subjectUnderReview');
  expect(possibleReasons('review', example.source)).toContain('subjectUnderReview');
});

test('automatic recognition and dates in the future are reasons only if the rule set has them', () => {
  const ofBoth = ['foreignLevelRecognised', 'awardDateInFuture'];
  expect(possibleReasons('review', ama.source)).toEqual(expect.arrayContaining(ofBoth));
  const reviews: readonly string[] = possibleReasons('review', example.source);
  expect(ofBoth.filter((code) => reviews.includes(code))).toEqual([]);
});
