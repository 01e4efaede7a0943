// What a phone says, in each of its languages: the same keys in both. One entry per line.

export const WORDS = {
  en: {
    title: 'Your vote',
    cast: 'Vote',
    chat: 'To the chat',
    guess: (s) => `${s.what}: ${s.value}`,
    waiting: 'Nothing is asked yet. This page shows it by itself.',
    open: 'You have not voted yet.',
    taken: 'Your vote counts. You may change it until the votes are frozen.',
    frozen: 'The votes are frozen. Look at the screen.',
    choose: 'Choose one of the answers first.',
  },
  de: {
    title: 'Deine Stimme',
    cast: 'Abstimmen',
    chat: 'Zum Chat',
    guess: (s) => `${s.what}: ${s.value}`,
    waiting: 'Noch ist nichts gefragt. Diese Seite zeigt es von selbst.',
    open: 'Du hast noch nicht abgestimmt.',
    taken: 'Deine Stimme zählt. Du kannst sie ändern, bis die Stimmen eingefroren sind.',
    frozen: 'Die Stimmen sind eingefroren. Schau auf die Leinwand.',
    choose: 'Wähle zuerst eine der Antworten.',
  },
};
