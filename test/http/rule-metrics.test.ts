import { expect, test } from 'vitest';
import type { Assessment } from '../../src/eligibility.ts';
import { countAssessment } from '../../src/http/rule-metrics.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import type { CompiledRuleSet } from '../../src/rules/rule-set.ts';

const ruleSet = (id: string, version: string) => ({ source: { id, version } }) as CompiledRuleSet;

const assessment: Assessment = {
  ruling: {
    outcome: 'notDemonstrated',
    reasons: [],
    diplomas: [{ verdict: 'review', reasons: ['equivalenceDecision'], domain: 'sociaal', attributes: {} }],
    rejected: [{ reasons: ['cancelled', 'notADiploma'] }, { reasons: ['cancelled'] }],
    followUp: [],
    dropped: { otherHolder: 1, outOfScope: 0 },
    quality: {
      otherHolder: 1,
      outOfScope: 0,
      subjectFieldMismatch: 0,
      levelConflict: 2,
      unknownValue: 0,
      unknownYear: 0,
    },
  },
  ruleSet: ruleSet('begeleider-ama', '1.0.0'),
  referenceDate: '2026-11-23',
  shadow: [
    { ruleSet: ruleSet('begeleider-ama', '1.1.0'), outcome: 'notDemonstrated' },
    { ruleSet: ruleSet('begeleider-ama', '2.0.0'), outcome: 'eligible' },
  ],
};

test('counts what the rules made of an answer, and leaves out what did not occur', async () => {
  const metrics = createMetrics();
  countAssessment(assessment, metrics);
  const lines = (await metrics.registry.metrics()).split('\n');
  expect(lines.filter((line) => /^(led_records_dropped|led_data_quality|rule_reasons|rule_shadow)/.test(line))).toEqual(
    [
      'led_records_dropped_total{reason="otherHolder"} 1',
      'led_data_quality_total{kind="otherHolder"} 1',
      'led_data_quality_total{kind="levelConflict"} 2',
      'rule_reasons_total{rule_set="begeleider-ama",code="equivalenceDecision"} 1',
      'rule_reasons_total{rule_set="begeleider-ama",code="cancelled"} 2',
      'rule_reasons_total{rule_set="begeleider-ama",code="notADiploma"} 1',
      'rule_shadow_total{rule_set="begeleider-ama",version="1.1.0",result="same"} 1',
      'rule_shadow_total{rule_set="begeleider-ama",version="2.0.0",result="notDemonstrated>eligible"} 1',
    ],
  );
});
