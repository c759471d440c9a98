"""Why cash is refused, as the facts of decisions name it under `cause`."""

from accounts.till.vocabulary import BoxObstacle, ReversalObstacle

CAUSES = (BoxObstacle, ReversalObstacle)
