// What the page of recordings says, in each of its languages: the same keys in both. One entry per line.

export const WORDS = {
  en: {
    title: 'What was recorded',
    from: (s) => `Not live: ${s.name}, measured on ${s.day}, ${s.command}`,
    here: (s) => `Measured in this lecture, at ${s.at}: ${s.command}`,
    none: (s) => `Nothing is recorded under the name ${s}.`,
  },
  de: {
    title: 'Was aufgezeichnet ist',
    from: (s) => `Nicht live: ${s.name}, gemessen am ${s.day}, ${s.command}`,
    here: (s) => `In dieser Vorlesung gemessen, um ${s.at}: ${s.command}`,
    none: (s) => `Unter dem Namen ${s} ist nichts aufgezeichnet.`,
  },
};
