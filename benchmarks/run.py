"""Run every benchmark of this folder."""

import associate_speed
import grid_speed
import profile_memory
import profile_speed
import profile_wide
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
    step_preview.main()
    grid_speed.main()
    studio.main()
    associate_speed.main()
    suggest_value.main()
    tune_speed.main()
