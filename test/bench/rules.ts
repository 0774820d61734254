import { decide } from '../../src/rules/decide.ts';
import { judge } from '../../src/rules/judge.ts';
import { type CompiledRuleSet, compile } from '../../src/rules/rule-set.ts';
import { ama, amaSource, applicant, bachelor, type Raw, record } from '../rules/support.ts';

/*
 * What judging costs, and that it grows no worse than linearly. Run it with: node test/bench/rules.ts
 * Exits 1 if one record takes 2 µs or more, or if ten times the records or subjects take over twenty times as long.
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

/** The best of several rounds, in nanoseconds of processor time a call: what else the machine does matters little. */
const measure = (calls: number, call: (index: number) => void): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round += 1) {
    const start = process.threadCpuUsage();
    for (let index = 0; index < calls; index += 1) call(index);
    const { user, system } = process.threadCpuUsage(start);
    best = Math.min(best, ((user + system) * 1000) / calls);
  }
  return best;
};

let sink = 0;
const recordAt = (index: number) => records[index % records.length] ?? record(bachelor);
const judging = (ruleSet: CompiledRuleSet): number =>
  measure(200_000, (index) => {
    sink += judge(recordAt(index), ruleSet, applicant).verdict.length;
  });

const deciding = (count: number): number => {
  const answer = { records: Array.from({ length: count }, (_, index) => recordAt(index)), warning: false };
  return measure(Math.ceil(100_000 / count), () => {
    sink += decide(answer, ama, applicant).diplomas.length;
  });
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

judging(ama);
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
process.exitCode = one < 2000 && growth.every(({ times }) => times < 20) && sink > 0 ? 0 : 1;
