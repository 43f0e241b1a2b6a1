let now = $state.raw(new Date());
setInterval(() => (now = new Date()), 30_000);

/** The present, good to half a minute, so that "4 min ago" grows old on the page. */
export const clock = {
  get now() {
    return now;
  },
};
