// What the page of recordings says, in each of its languages: the same keys in both. One entry per line.

export const WORDS = {
  en: {
    title: 'What was recorded',
    from: (s) => `Not live: ${s.name}, measured on ${s.day}, ${s.command}`,
    off: 'not as predicted',
    none: (s) => `Nothing is recorded under the name ${s}.`,
  },
  de: {
    title: 'Was aufgezeichnet ist',
    from: (s) => `Nicht live: ${s.name}, gemessen am ${s.day}, ${s.command}`,
    off: 'nicht wie vorhergesagt',
    none: (s) => `Unter dem Namen ${s} ist nichts aufgezeichnet.`,
  },
};
