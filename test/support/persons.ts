import { type Person, persons } from '../../docker/simulator/persons.ts';

/** The first test person of the simulator that fits. Throws when there is none. */
export const personWho = (fits: (person: Person) => boolean): Person => {
  const person = [...persons.values()].find(fits);
  if (person === undefined) throw new Error('the simulator has no such person');
  return person;
};

/** The INSZ of a test person about whom the service decides this outcome. */
export const personWith = (outcome: 'eligible' | 'manualReview' | 'notDemonstrated'): string =>
  personWho(({ expects }) => expects.status === 200 && expects.outcome === outcome).insz;
