// Where a message stands. In a conversation that runs as it is written, its key says both when it was written and where it
// stands. In a tree of replies the place is a text of its own, whose order is that of the tree.
export const isTree = (thread) => "tree" in thread.dataset;
export const keyOf = ({ dataset }) => Number(dataset.written ?? dataset.key);
export const placeOf = ({ dataset }) => (dataset.written ? dataset.key : Number(dataset.key));
export const newestOf = (messages) => Math.max(0, ...[...messages].map(keyOf));
