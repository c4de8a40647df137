"""What aisev reads and writes, the open tool of Japan's AI Safety Institute: its trees and its questions."""
