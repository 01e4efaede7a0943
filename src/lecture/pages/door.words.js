// What the door says, in each of its languages: the same keys in both. One entry per line.

export const WORDS = {
  en: {
    title: 'Which lecture?',
    code: 'Room code, as it stands on the screen',
    enter: 'Enter',
    wrong: 'This is not the code of this lecture.',
  },
  de: {
    title: 'Welche Vorlesung?',
    code: 'Raumcode, wie er auf der Leinwand steht',
    enter: 'Eintreten',
    wrong: 'Das ist nicht der Code dieser Vorlesung.',
  },
};
