"""What compliance does with certificates: register, put in force, revoke."""
