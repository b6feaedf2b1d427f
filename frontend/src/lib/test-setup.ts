/** Runs before each test file: a real (in memory) IndexedDB, which jsdom lacks. */
import "fake-indexeddb/auto";
