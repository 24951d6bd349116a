"""`gpttg simulate`: seeds run, figures are told, a failing one is made smaller and kept."""
