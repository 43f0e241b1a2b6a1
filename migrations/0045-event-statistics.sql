-- Of a column that was just added nothing is known, and the planner takes it for one that hardly ever is null: it would
-- sort the whole log for each of the first seals.
analyze events (era, turn);
