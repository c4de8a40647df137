"""What to do first: measures, what each plan leaves of the losses, and which plan to choose."""
