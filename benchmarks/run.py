"""Run every benchmark of this folder that does not take hours."""

import associate_speed
import grid_speed
import intervals
import profile_memory
import profile_speed
import profile_wide
import recipe_speed
import row_speed
import startup
import step_preview
import suggest_value
import tune_speed

import studio

if __name__ == "__main__":
    startup.main()
    profile_speed.main()
    profile_memory.main()
    profile_wide.main()
    recipe_speed.main()
    row_speed.main()
    step_preview.main()
    grid_speed.main()
    studio.main()
    associate_speed.main()
    suggest_value.main()
    tune_speed.main()
    intervals.main()
