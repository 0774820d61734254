import { decide } from '../../src/rules/decide.ts';
import { judge } from '../../src/rules/judge.ts';
import { type CompiledRuleSet, compile } from '../../src/rules/rule-set.ts';
import { ama, amaSource, applicant, bachelor, type Raw, record, today } from '../rules/support.ts';
import { measure } from './measure.ts';

/*
 * Measures what it costs to judge a record, and checks that the cost grows at most linearly: node test/bench/rules.ts
 * Exits with 1 if one record takes 2 µs or more, or if ten times the records or subjects take over twenty times as long.
 */

const raws: Raw[] = [
  bachelor,
  { ...bachelor, degree: 'Gegradueerde', institution: 'Centrum voor Volwassenenonderwijs', year: '2003', vks: 'NBS' },
  { ...bachelor, degree: 'Vroedvrouw', institution: 'Hogeschool', subject: '723005', iscedField: '723', vks: 'NBS' },
  { ...bachelor, category: 'Hoger beroepsonderwijs', degree: 'Gegradueerde', vks: '5' },
  { ...bachelor, proofType: 'Gelijkwaardigheid', country: 'ROU' },
  { ...bachelor, status: '', authenticity: 'Eigen verklaring - Op eer', country: '', iscedField: '999' },
  { ...bachelor, subject: '144001' },
];
const records = raws.map(record);

/** The cost of one call in nanoseconds of processor time. */
const nanoseconds = (call: (index: number) => unknown): number => measure(call) * 1000;

const recordAt = (index: number) => records[index % records.length] ?? record(bachelor);
const judging = (ruleSet: CompiledRuleSet): number =>
  nanoseconds((index) => judge(recordAt(index), ruleSet, applicant, today));

const deciding = (count: number): number => {
  const answer = {
    records: Array.from({ length: count }, (_, index) => recordAt(index)),
    warning: false,
    incomplete: false,
  };
  return nanoseconds(() => decide(answer, ama, applicant, today));
};

const manySubjects = (count: number): CompiledRuleSet => {
  const source = amaSource();
  const more = Array.from({ length: count }, (_, index) => ({
    code: String(800_000 + index),
    label: 'x',
    domain: 'x',
  }));
  return compile({ ...source, subjects: [...source.subjects, ...more] });
};

const one = judging(ama);
const tenfold = {
  records: [deciding(99), deciding(990)],
  subjects: [judging(manySubjects(300)), judging(manySubjects(3000))],
};
const growth = Object.entries(tenfold).map(([of, [small = 1, large = 1]]) => ({
  of,
  small,
  large,
  times: large / small,
}));

console.log(`one record: ${one.toFixed(0)} ns`);
for (const { of, small, large, times } of growth) {
  console.log(`ten times the ${of}: ${small.toFixed(0)} ns -> ${large.toFixed(0)} ns, ${times.toFixed(1)} times`);
}
process.exitCode = one < 2000 && growth.every(({ times }) => times < 20) ? 0 : 1;
